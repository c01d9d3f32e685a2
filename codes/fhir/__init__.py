"""The catalogue as an HL7 FHIR R4 terminology service: two code systems, of which it holds a fragment.

Nothing here is an official descriptor: each display is our own short label. A code that is not in the fragment is not
known here, and no operation says that it does not exist.
"""
