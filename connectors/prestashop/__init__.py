"""PrestaShop: the XML web service of 1.6 to 8 (and of the forks that speak it).

Written against recorded exchanges (tests/golden/prestashop/README.md lists what surprises), PrestaShop's own tests of its
rounding and its developers' documentation (devdocs.prestashop-project.org, "Webservice").
"""
