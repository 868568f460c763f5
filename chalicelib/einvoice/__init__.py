"""The electronic invoice itself: EN 16931's semantic model, the pre-flight, and its two syntaxes. Pure; no domain.

Owns: `model` (what an invoice says, by business term), `preflight` (which rule it breaks, where, and what to do), `cii`
(UN/CEFACT Cross Industry Invoice D22B, which Factur-X embeds) and `ubl` (UBL 2.1). Any domain may import it; it imports
the kernel only. It computes no total: the issuer states every amount, and the pre-flight says where they disagree.
"""
