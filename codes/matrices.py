"""Ready-made sheets: the codes that each kind of practice bills most, as our catalogue groups them."""

READY_MADE = {
    "massage": (
        "Massage",
        "97124 97140 97010 97110 97112 97530 97535 97035 97032 G0283 98940 98941".split(),
    ),
    "physical-therapy": (
        "Physical therapy",
        "97161 97164 97110 97112 97113 97116 97140 97150 97530 97535 97750 97760 97012 97032 97035 G0283 20560".split(),
    ),
    "occupational-therapy": (
        "Occupational therapy",
        "97165 97168 97110 97112 97129 97140 97150 97530 97533 97535 97542 97755 97760 97763 97018 97022 97035".split(),
    ),
    "chiropractic": (
        "Chiropractic",
        "98940 98941 98942 98943 97110 97112 97124 97140 97530 97012 97014 G0283 97032 97035 99203 99213".split(),
    ),
    "acupuncture": (
        "Acupuncture",
        "97810 97811 97813 97814 20560 20561 97124 97140 97110 97026 97032 99203 99213".split(),
    ),
}
