"""The Flask client, real databases, the stand-in answering in process."""
