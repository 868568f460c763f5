"""The edge stack, in us-east-1: certificate, firewall, and one address for the portal's files and the API."""

from __future__ import annotations

from infra.local.static_files import SECURITY_HEADERS as PORTAL_HEADERS
from infra.stacks.intrinsics import STAGE_PARAMETER, Template, attribute, ref

CACHING_OPTIMIZED = "658327ea-f89d-4fab-a63d-7e88639e58f6"
CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
ALL_VIEWER_EXCEPT_HOST = "b689b0a8-53d0-40ab-baf2-68738e2966ac"
SECURITY_HEADERS = "67f7725c-6f97-4210-82d7-5512b31e9d03"
"""Ids of CloudFront's managed policies, the same in every account ("Use managed cache policies", CloudFront guide)."""
REQUESTS_PER_5_MINUTES = 3000
_MANAGED_RULES = ("AWSManagedRulesAmazonIpReputationList", "AWSManagedRulesKnownBadInputsRuleSet")
_PAGES = """function handler(event) {
    var request = event.request;
    if (!/^\/(assets\/|[^\/]*\.[^\/]*$)/.test(request.uri)) { request.uri = '/index.html'; }
    return request;
}
"""


def edge_template() -> Template:
    """CloudFront before the portal's bucket and the API, with its certificate and firewall. Parameters name what the
    other two stacks made, because exports do not cross regions."""
    texts = {"DomainName": "The address people use", "HostedZoneId": "The Route 53 zone of that address",
             "PortalBucketDomain": "Regional domain name of the portal's bucket",
             "ApiDomain": "Host of the API gateway", "ApiStage": "Stage of the API gateway"}
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "Comptoir: certificate, CloudFront and firewall of one stage (us-east-1)",
        "Parameters": {"Stage": STAGE_PARAMETER,
                       **{name: {"Type": "String", "Description": text} for name, text in texts.items()}},
        "Resources": {
            "Certificate": {"Type": "AWS::CertificateManager::Certificate", "Properties": {
                "DomainName": ref("DomainName"), "ValidationMethod": "DNS", "DomainValidationOptions": [
                    {"DomainName": ref("DomainName"), "HostedZoneId": ref("HostedZoneId")}]}},
            "Firewall": _firewall(),
            "PortalAccess": {"Type": "AWS::CloudFront::OriginAccessControl", "Properties": {"OriginAccessControlConfig": {
                "Name": {"Fn::Sub": "comptoir-${Stage}-portal"}, "OriginAccessControlOriginType": "s3",
                "SigningBehavior": "always", "SigningProtocol": "sigv4"}}},
            "PortalHeaders": {"Type": "AWS::CloudFront::ResponseHeadersPolicy", "Properties": {
                "ResponseHeadersPolicyConfig": _portal_headers()}},
            "Pages": {"Type": "AWS::CloudFront::Function", "Properties": {
                "Name": {"Fn::Sub": "comptoir-${Stage}-pages"}, "AutoPublish": True, "FunctionCode": _PAGES,
                "FunctionConfig": {"Comment": "An address of the portal is its one page",
                                   "Runtime": "cloudfront-js-2.0"}}},
            "Distribution": {"Type": "AWS::CloudFront::Distribution", "Properties": {
                "DistributionConfig": _distribution()}},
            "Address": {"Type": "AWS::Route53::RecordSet", "Properties": {
                "HostedZoneId": ref("HostedZoneId"), "Name": ref("DomainName"), "Type": "A", "AliasTarget": {
                    "DNSName": attribute("Distribution", "DomainName"), "HostedZoneId": "Z2FDTNDATAQYW2"}}},
        },
        "Outputs": {"DistributionId": {"Value": ref("Distribution")}},
    }


def _portal_headers() -> Template:
    """The headers the laptop's server sends with the portal, and that the address speaks TLS only."""
    known = dict(PORTAL_HEADERS)
    csp, referrer = known.pop("Content-Security-Policy"), known.pop("Referrer-Policy")
    del known["X-Content-Type-Options"]
    return {
        "Name": {"Fn::Sub": "comptoir-${Stage}-portal"},
        "SecurityHeadersConfig": {
            "ContentSecurityPolicy": {"ContentSecurityPolicy": csp, "Override": True},
            "ContentTypeOptions": {"Override": True},
            "ReferrerPolicy": {"ReferrerPolicy": referrer, "Override": True},
            "StrictTransportSecurity": {"AccessControlMaxAgeSec": 63_072_000, "IncludeSubdomains": True, "Override": True},
        },
        "CustomHeadersConfig": {"Items": [{"Header": name, "Value": value, "Override": True}
                                          for name, value in known.items()]},
    }


def _distribution() -> Template:
    portal = {"Id": "portal", "DomainName": ref("PortalBucketDomain"), "S3OriginConfig": {"OriginAccessIdentity": ""},
              "OriginAccessControlId": ref("PortalAccess")}
    api = {"Id": "api", "DomainName": ref("ApiDomain"), "OriginPath": {"Fn::Sub": "/${ApiStage}"}, "CustomOriginConfig": {
        "OriginProtocolPolicy": "https-only", "OriginSSLProtocols": ["TLSv1.2"], "OriginReadTimeout": 30}}
    common = {"ViewerProtocolPolicy": "redirect-to-https", "Compress": True, "ResponseHeadersPolicyId": SECURITY_HEADERS}
    pages = {**common, "TargetOriginId": "portal", "CachePolicyId": CACHING_OPTIMIZED,
             "ResponseHeadersPolicyId": ref("PortalHeaders"), "FunctionAssociations": [
                 {"EventType": "viewer-request", "FunctionARN": attribute("Pages", "FunctionARN")}]}
    calls = {**common, "ViewerProtocolPolicy": "https-only", "TargetOriginId": "api", "PathPattern": "/api/*",
             "CachePolicyId": CACHING_DISABLED, "OriginRequestPolicyId": ALL_VIEWER_EXCEPT_HOST,
             "AllowedMethods": ["GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE"]}
    return {
        "Enabled": True, "HttpVersion": "http2and3", "IPV6Enabled": True, "Aliases": [ref("DomainName")],
        "DefaultRootObject": "index.html", "WebACLId": attribute("Firewall", "Arn"), "Origins": [portal, api],
        "DefaultCacheBehavior": pages, "CacheBehaviors": [calls],
        "ViewerCertificate": {"AcmCertificateArn": ref("Certificate"), "SslSupportMethod": "sni-only",
                              "MinimumProtocolVersion": "TLSv1.2_2021"},
    }


def _visible(name: str) -> Template:
    return {"CloudWatchMetricsEnabled": True, "SampledRequestsEnabled": True, "MetricName": name}


def _firewall() -> Template:
    """One address may ask so often; known attackers and known attacks may not ask at all. No rule reads bodies of
    webhooks for markup: products and customers may be named anything."""
    limit = {"Name": "rate", "Priority": 0, "Action": {"Block": {}}, "VisibilityConfig": _visible("rate"), "Statement": {
        "RateBasedStatement": {"Limit": REQUESTS_PER_5_MINUTES, "AggregateKeyType": "IP"}}}
    managed = [{"Name": name, "Priority": number, "OverrideAction": {"None": {}}, "VisibilityConfig": _visible(name),
                "Statement": {"ManagedRuleGroupStatement": {"VendorName": "AWS", "Name": name}}}
               for number, name in enumerate(_MANAGED_RULES, 1)]
    return {"Type": "AWS::WAFv2::WebACL", "Properties": {
        "Name": {"Fn::Sub": "comptoir-${Stage}"}, "Scope": "CLOUDFRONT", "DefaultAction": {"Allow": {}},
        "Rules": [limit, *managed], "VisibilityConfig": _visible("all")}}
