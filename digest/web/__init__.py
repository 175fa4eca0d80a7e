"""What digest shows in a browser: issues to editors, and the public door to readers and providers."""
