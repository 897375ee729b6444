"""The look-alike's HTTP protocols: JSON-2, JSON-RPC and XML-RPC."""
