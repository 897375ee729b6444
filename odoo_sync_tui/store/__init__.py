"""What is kept in MongoDB, and a private mongod to keep it in. The only room that imports pymongo."""
