"""One entity of a run: census, plan, fetch, compare, write, retire."""
