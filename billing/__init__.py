"""What a transaction is worth and may do; never learns that Zoho exists."""
