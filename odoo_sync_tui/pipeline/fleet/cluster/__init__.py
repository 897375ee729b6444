"""Engine ``dask``: runs of many sources spread over machines by Dask distributed. Loaded only where it is asked for."""
