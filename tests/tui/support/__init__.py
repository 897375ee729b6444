"""What tests of the screen share."""
