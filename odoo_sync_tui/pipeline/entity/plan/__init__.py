"""What a run reads of an entity: everything, or what the cursor and the totals of both sides leave open."""
