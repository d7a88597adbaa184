"""What a visitor sees when we ask them: chooser page, suggestion, banner. Knows no server and no policy file."""
