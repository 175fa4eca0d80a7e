"""What a browser is shown: to editors on their own machine, and to readers and providers on the web."""
