"""The API gateway: it knows domains, never routes, so that it has the same few resources for ever."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from typing import Any

from infra.stacks import alarms
from infra.stacks.intrinsics import Template, camel, ref

API = "RestAPI"
METHODS = ("get", "head", "post", "put", "patch", "delete")
"""Every method the program answers, one by one: the local engine does not read `x-amazon-apigateway-any-method`."""
_PROBLEM = "application/problem+json"
_REFUSALS = {"MISSING_AUTHENTICATION_TOKEN": (404, "no_such_route"), "THROTTLED": (429, "too_many_requests"),
             "REQUEST_TOO_LARGE": (413, "body_too_large"), "INTEGRATION_TIMEOUT": (503, "unavailable"),
             "INTEGRATION_FAILURE": (503, "unavailable"), "DEFAULT_5XX": (503, "unavailable")}
"""What the gateway answers by itself, in the words of the API's own problems."""


def api_function(domain: str) -> str:
    """The logical id of a domain's API function."""
    return f"{camel(domain)}Api"


def domains_in(paths: Iterable[str], domains: Iterable[str], root: str) -> list[str]:
    """The domains that have a route at all, in their order; `root` owns every address that names no domain."""
    first = {path.split("/")[2] for path in paths}
    return [domain for domain in domains if domain in first or domain == root]


def resources(generated: Mapping[str, Any], domains: Iterable[str], root: str) -> Template:
    """The gateway Chalice generated, with `/api/<domain>/{proxy+}` instead of every route."""
    body = generated["Properties"]["DefinitionBody"]
    sample = next(iter(next(iter(body["paths"].values())).values()))
    paths: Template = {}
    for domain in domains:
        paths[f"/api/{domain}"] = _methods(sample, domain)
        paths[f"/api/{domain}/{{proxy+}}"] = _methods(sample, domain, True)
    paths["/api/{proxy+}"] = _methods(sample, root, True)
    own = {**body, "paths": paths, "info": {**body["info"], "title": {"Fn::Sub": "comptoir-${Stage}"}},
           "x-amazon-apigateway-gateway-responses": {name: _refusal(*what) for name, what in _REFUSALS.items()}}
    properties = {**generated["Properties"], "Name": {"Fn::Sub": "comptoir-${Stage}"}, "DefinitionBody": own,
                  "MethodSettings": [{"ResourcePath": "/*", "HttpMethod": "*", "MetricsEnabled": True,
                                      "ThrottlingRateLimit": 500, "ThrottlingBurstLimit": 1000}]}
    return {API: {"Type": generated["Type"], "Properties": properties},
            "ApiFailing": alarms.api_fails({"Fn::Sub": "comptoir-${Stage}"}),
            **{f"{api_function(domain)}Invocation": _permission(domain) for domain in domains}}


def _methods(sample: Mapping[str, Any], domain: str, is_proxy: bool = False) -> Template:
    """One address, handed whole to a domain's function."""
    method = copy.deepcopy(dict(sample))
    uri = method["x-amazon-apigateway-integration"]["uri"]["Fn::Sub"]
    method["x-amazon-apigateway-integration"]["uri"] = {"Fn::Sub": uri.replace("APIHandler", api_function(domain))}
    method["parameters"] = [{"name": "proxy", "in": "path", "required": True, "type": "string"}] if is_proxy else []
    return {name: method for name in METHODS}


def _refusal(status: int, code: str) -> Template:
    text = (f'{{"type":"about:blank","title":"{code}","status":{status},"code":"{code}",'
            '"detail":$context.error.messageString,"request_id":"$context.requestId"}')
    return {"statusCode": str(status), "responseTemplates": {"application/json": text},
            "responseParameters": {"gatewayresponse.header.Content-Type": f"'{_PROBLEM}'",
                                   "gatewayresponse.header.Request-Id": "context.requestId"}}


def _permission(domain: str) -> Template:
    source = {"Fn::Sub": f"arn:${{AWS::Partition}}:execute-api:${{AWS::Region}}:${{AWS::AccountId}}:${{{API}}}/*"}
    return {"Type": "AWS::Lambda::Permission", "Properties": {
        "FunctionName": ref(api_function(domain)), "Action": "lambda:InvokeFunction",
        "Principal": "apigateway.amazonaws.com", "SourceArn": source}}
