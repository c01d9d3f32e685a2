"""The pictures that previews show of our pages, and the site's icons, drawn from its own colours and shapes."""
