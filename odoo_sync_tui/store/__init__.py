"""Storage in MongoDB, and a private mongod for it. The only package that imports pymongo."""
