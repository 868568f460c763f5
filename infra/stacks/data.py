"""The data stack: what must outlive every deployment. Everything in it is retained, encrypted and recoverable."""

from __future__ import annotations

import json
from typing import Any

from chalicelib.runtime import identity
from chalicelib.runtime.secrets import STRIPE_NAMES
from chalicelib.storage.table import definition
from infra.stacks.intrinsics import EXPORTS, STAGE_PARAMETER, Template, attribute, ref

_TLS_ONLY = {"Bool": {"aws:SecureTransport": "false"}}
_PRIVATE = {"BlockPublicAcls": True, "BlockPublicPolicy": True, "IgnorePublicAcls": True, "RestrictPublicBuckets": True}


def data_template() -> Template:
    """Table, buckets, key, user pool and secrets of one stage."""
    resources: Template = {
        "Table": _table(), "Key": _key(), "KeyAlias": _resource("AWS::KMS::Alias", {
            "AliasName": {"Fn::Sub": "alias/comptoir-${Stage}"}, "TargetKeyId": ref("Key")}),
        "Files": _files(), "FilesPolicy": _bucket_policy("Files", []),
        "Portal": _portal(), "PortalPolicy": _bucket_policy("Portal", [_read_by_cloudfront()]),
        "UserPool": _user_pool(), "UserPoolClient": _user_pool_client(), "PlatformSecret": _platform_secret(),
        "StripeSecret": _stripe_secret(),
    }
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "Comptoir: the data of one stage",
        "Parameters": {"Stage": STAGE_PARAMETER},
        "Resources": resources,
        "Outputs": {name: {"Value": value, "Export": {"Name": {"Fn::Sub": f"comptoir-${{Stage}}-{name}"}}}
                    for name, value in _exports().items()},
    }


def _exports() -> Template:
    values: Template = {
        "TableName": ref("Table"), "TableArn": attribute("Table", "Arn"), "StreamArn": attribute("Table", "StreamArn"),
        "FilesName": ref("Files"), "FilesArn": attribute("Files", "Arn"), "PortalName": ref("Portal"),
        "KeyArn": attribute("Key", "Arn"), "UserPoolId": ref("UserPool"), "UserPoolArn": attribute("UserPool", "Arn"),
        "UserPoolClientId": ref("UserPoolClient"), "PlatformSecretArn": ref("PlatformSecret"),
        "StripeSecretArn": ref("StripeSecret"),
    }
    return {name: values[name] for name in EXPORTS}


def _resource(kind: str, properties: Any) -> Template:
    return {"Type": kind, "DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain", "Properties": properties}


def _table() -> Template:
    """The one table, from the definition that the program itself keeps."""
    properties = definition("")
    stream = properties.pop("StreamSpecification")
    return _resource("AWS::DynamoDB::Table", {
        **properties,
        "TableName": {"Fn::Sub": "comptoir-${Stage}"},
        "StreamSpecification": {"StreamViewType": stream["StreamViewType"]},
        "TimeToLiveSpecification": {"AttributeName": "expires_at", "Enabled": True},
        "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
        "SSESpecification": {"SSEEnabled": True, "SSEType": "KMS"},
        "DeletionProtectionEnabled": True,
    })


def _key() -> Template:
    return _resource("AWS::KMS::Key", {
        "Description": "Seals tenants' secrets and files",
        "EnableKeyRotation": True,
        "KeyPolicy": {"Version": "2012-10-17", "Statement": [{
            "Sid": "AccountDecidesByIam", "Effect": "Allow", "Action": "kms:*", "Resource": "*",
            "Principal": {"AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}}}]},
    })


def _bucket(name: str, encryption: Template) -> Template:
    """A private bucket; replaced and deleted versions go after a month."""
    return _resource("AWS::S3::Bucket", {
        "BucketName": {"Fn::Sub": f"comptoir-${{Stage}}-{name}-${{AWS::AccountId}}"},
        "BucketEncryption": {"ServerSideEncryptionConfiguration": [encryption]},
        "PublicAccessBlockConfiguration": _PRIVATE,
        "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
        "VersioningConfiguration": {"Status": "Enabled"},
        "LifecycleConfiguration": {"Rules": [{
            "Id": "old-versions", "Status": "Enabled", "NoncurrentVersionExpiration": {"NoncurrentDays": 30},
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7}}]},
    })


def _files() -> Template:
    """Tenants' files, under our own key."""
    by_key = {"BucketKeyEnabled": True, "ServerSideEncryptionByDefault": {
        "SSEAlgorithm": "aws:kms", "KMSMasterKeyID": attribute("Key", "Arn")}}
    return _bucket("files", by_key)


def _portal() -> Template:
    """The portal's static files, which hold nothing secret: CloudFront reads them with Amazon's own key."""
    return _bucket("portal", {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}})


def _bucket_policy(bucket: str, statements: list[Template]) -> Template:
    arn = attribute(bucket, "Arn")
    tls_only = {"Sid": "TlsOnly", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Condition": _TLS_ONLY,
                "Resource": [arn, {"Fn::Sub": f"${{{bucket}.Arn}}/*"}]}
    return _resource("AWS::S3::BucketPolicy", {
        "Bucket": ref(bucket), "PolicyDocument": {"Version": "2012-10-17", "Statement": [tls_only, *statements]}})


def _read_by_cloudfront() -> Template:
    """This account's distributions may read: the edge stack stands in another region and cannot be named here."""
    return {"Sid": "CloudFront", "Effect": "Allow", "Action": "s3:GetObject",
            "Principal": {"Service": "cloudfront.amazonaws.com"}, "Resource": {"Fn::Sub": "${Portal.Arn}/*"},
            "Condition": {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}}


def _user_pool() -> Template:
    properties = identity.pool_definition("")
    del properties["PoolName"]
    return _resource("AWS::Cognito::UserPool", {
        **properties, "UserPoolName": {"Fn::Sub": "comptoir-${Stage}"}, "MfaConfiguration": "OPTIONAL",
        "EnabledMfas": ["SOFTWARE_TOKEN_MFA"], "DeletionProtection": "ACTIVE"})


def _user_pool_client() -> Template:
    properties = identity.client_definition("")
    return _resource("AWS::Cognito::UserPoolClient", {**properties, "UserPoolId": ref("UserPool")})


def _platform_secret() -> Template:
    return _resource("AWS::SecretsManager::Secret", {
        "Name": {"Fn::Sub": "comptoir/${Stage}/platform"},
        "Description": "The secret that blind keys and signatures derive from",
        "GenerateSecretString": {"SecretStringTemplate": "{}", "GenerateStringKey": "key", "PasswordLength": 64,
                                 "ExcludePunctuation": True}})


def _stripe_secret() -> Template:
    """Where an operator puts the keys of the account at Stripe; empty, no subscriptions are sold."""
    return _resource("AWS::SecretsManager::Secret", {
        "Name": {"Fn::Sub": "comptoir/${Stage}/stripe"}, "Description": "The keys of our account at Stripe",
        "SecretString": json.dumps(dict.fromkeys(STRIPE_NAMES, ""))})
