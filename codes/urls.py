"""The addresses of the reference: a table of contents of what readers can open."""

urlpatterns = []
