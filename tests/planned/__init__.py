"""Plans and templates: what is read of them, and what is made of it."""
