"""What a sync is: plain values that every other room speaks in. Imports nothing but the standard library."""
