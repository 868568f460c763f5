"""What the law and the French chart say: which account a sale stands on."""
