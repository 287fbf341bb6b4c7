"""Pieces of a page that Streamlit has none of: their script and style beside the function that draws them."""
