"""Filters and tags of our pages."""

from django import template

register = template.Library()
