"""What each segment is: sizes, centres, names, sentences, suggested actions."""
