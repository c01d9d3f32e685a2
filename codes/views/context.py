"""What every page needs."""

from django.conf import settings


def site(request):
    """The licence switch for the notice in the footer."""
    return {"CPT_LICENSE_HELD": settings.CPT_LICENSE_HELD, "CPT_LICENSE_YEAR": settings.CPT_LICENSE_YEAR}
