"""What an integration's OAuth2 code means. Facts only; nothing is edited here."""
