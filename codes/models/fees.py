"""Rows of CMS's fee tables, and the HCPCS level II codes. They name far more codes than the catalogue."""

from django.core.validators import RegexValidator
from django.db import models

from .nccitables import Release


def relative_value(name: str) -> models.DecimalField:
    return models.DecimalField(name, max_digits=7, decimal_places=2)


def price_index(name: str) -> models.DecimalField:
    return models.DecimalField(name, max_digits=6, decimal_places=3)


class RelativeValue(models.Model):
    """One row of the physician fee schedule's relative value file: a code, or a part of it (26, TC, 53)."""

    release = models.ForeignKey(
        Release, on_delete=models.CASCADE, related_name="relative_values", db_index=False
    )
    number = models.CharField("code", max_length=5)
    modifier = models.CharField(max_length=2, blank=True)
    status = models.CharField("status indicator", max_length=1)
    work = relative_value("work RVU")
    non_facility_pe = relative_value("non-facility PE RVU")
    facility_pe = relative_value("facility PE RVU")
    malpractice = relative_value("MP RVU")
    non_facility_na = models.BooleanField("rarely or never in a non-facility place (NA)")
    facility_na = models.BooleanField("rarely or never in a facility (NA)")
    multiple_procedure = models.CharField(
        max_length=1, blank=True, help_text="5 marks the therapy reduction (MPPR)."
    )
    global_days = models.CharField(max_length=3, blank=True)
    conversion_factor = models.DecimalField(max_digits=8, decimal_places=4)

    class Meta:
        ordering = ["number", "modifier"]
        constraints = [
            models.UniqueConstraint(
                fields=["release", "number", "modifier"], name="one_value_for_a_code_part"
            )
        ]

    def __str__(self):
        return f"{self.number}-{self.modifier}" if self.modifier else self.number


class Gpci(models.Model):
    """The geographic practice cost indices of one locality."""

    release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="gpcis", db_index=False)
    mac = models.CharField("contractor (MAC)", max_length=5)
    locality = models.CharField("locality number", max_length=2)
    state = models.CharField(max_length=2)
    name = models.CharField(max_length=80)
    work = price_index("work GPCI")
    pe = price_index("PE GPCI")
    malpractice = price_index("MP GPCI")

    class Meta:
        ordering = ["state", "name"]
        verbose_name = "GPCI"
        verbose_name_plural = "GPCIs"
        constraints = [
            models.UniqueConstraint(fields=["release", "mac", "locality"], name="one_gpci_for_a_locality")
        ]

    def __str__(self):
        return f"{self.name}, {self.state}"


class LocalityCounties(models.Model):
    """The area that a locality covers, as CMS names its counties."""

    release = models.ForeignKey(
        Release, on_delete=models.CASCADE, related_name="locality_counties", db_index=False
    )
    mac = models.CharField("contractor (MAC)", max_length=5)
    locality = models.CharField("locality number", max_length=2)
    state = models.CharField("state, by name", max_length=40)
    area = models.CharField("fee schedule area", max_length=160)
    counties = models.TextField(blank=True)

    class Meta:
        ordering = ["state", "area"]
        verbose_name = "locality's counties"
        verbose_name_plural = "localities' counties"
        constraints = [
            models.UniqueConstraint(
                fields=["release", "mac", "locality"], name="counties_once_for_a_locality"
            )
        ]

    def __str__(self):
        return f"{self.area}, {self.state}"


class ZipLocality(models.Model):
    """The locality that a five-digit ZIP code belongs to."""

    release = models.ForeignKey(
        Release, on_delete=models.CASCADE, related_name="zip_localities", db_index=False
    )
    zip = models.CharField("ZIP code", max_length=5, validators=[RegexValidator(r"^\d{5}$")])
    state = models.CharField(max_length=2)
    mac = models.CharField("contractor (MAC)", max_length=5)
    locality = models.CharField("locality number", max_length=2)
    is_split = models.BooleanField(
        "split",
        help_text="Part of the ZIP code lies in another locality; the last four digits of ZIP+4 tell.",
    )

    class Meta:
        ordering = ["zip", "mac", "locality"]
        verbose_name = "ZIP code's locality"
        verbose_name_plural = "ZIP codes' localities"
        constraints = [
            models.UniqueConstraint(
                fields=["release", "zip", "mac", "locality"], name="locality_once_for_a_zip"
            )
        ]

    def __str__(self):
        return f"{self.zip}: {self.mac}-{self.locality}"


class HcpcsCode(models.Model):
    """A HCPCS level II code with CMS's description. Without the D codes, which are the ADA's."""

    release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="hcpcs_codes", db_index=False)
    number = models.CharField("code", max_length=5)
    description = models.TextField()

    class Meta:
        ordering = ["number"]
        verbose_name = "HCPCS level II code"
        constraints = [
            models.UniqueConstraint(fields=["release", "number"], name="one_description_for_a_code")
        ]

    def __str__(self):
        return self.number
