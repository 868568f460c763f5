"""What the cloud charges, as read on one day: the one place with prices of AWS. Pure.

Prices are US dollars without tax, of the first tier, without any free allowance, savings plan or discount, so a bill by this
table is the most that a month can cost. Sources: the public price pages named beside each meter, and for eu-west-3 the
Price List API's usage types (`EUW3-WriteRequestUnits`, `EUW3-ReadRequestUnits`, `EUW3-Requests-Tier1`,
`EUW3-Lambda-GB-Second`) as published with their values in September 2026. The bound of $27 for a million orders is for
`BOUND_REGION`; the product itself runs in eu-west-3, some 19 % dearer where DynamoDB is concerned.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Final

READ_ON: Final = date(2026, 11, 25)
"""The day on which the prices were read."""
HOME_REGION: Final = "eu-west-3"
"""Where the product runs (Paris), and what a tenant is shown."""
BOUND_REGION: Final = "us-east-1"
"""The region of the bound, which is that of AWS's own examples (North Virginia)."""


@dataclass(frozen=True, slots=True)
class Price:
    """What `per` units of a meter cost, by region. `service` groups meters as the bill does."""

    service: str
    per: int
    usd: Mapping[str, Decimal]
    source: str

    def of(self, quantity: Decimal, region: str) -> Decimal:
        """Dollars for so many units."""
        return self.usd[region] * quantity / self.per


def _price(service: str, per: int, bound: str, home: str, source: str) -> Price:
    return Price(service, per, MappingProxyType({BOUND_REGION: Decimal(bound), HOME_REGION: Decimal(home)}), source)


_M: Final = 1_000_000
_DYNAMODB: Final = "aws.amazon.com/dynamodb/pricing/on-demand"
_LAMBDA: Final = "aws.amazon.com/lambda/pricing"
_SQS: Final = "aws.amazon.com/sqs/pricing"
_S3: Final = "aws.amazon.com/s3/pricing"
_WATCH: Final = "aws.amazon.com/cloudwatch/pricing"

PRICES: Final[Mapping[str, Price]] = MappingProxyType({
    "write_units": _price("DynamoDB", _M, "0.625", "0.7423", _DYNAMODB),
    "read_units": _price("DynamoDB", _M, "0.125", "0.1487", _DYNAMODB),
    "table_gb_months": _price("DynamoDB storage", 1, "0.25", "0.297", _DYNAMODB),
    "backup_gb_months": _price("DynamoDB storage", 1, "0.20", "0.2376", _DYNAMODB),
    "gateway_requests": _price("API Gateway", _M, "3.50", "3.50", "aws.amazon.com/api-gateway/pricing"),
    "function_requests": _price("Lambda", _M, "0.20", "0.20", _LAMBDA),
    "function_gb_seconds": _price("Lambda", _M, "16.6667", "16.6667", _LAMBDA),
    "function_gb_seconds_arm": _price("Lambda", _M, "13.3334", "13.3334", _LAMBDA),
    "queue_requests": _price("SQS", _M, "0.40", "0.40", _SQS),
    "fair_queue_requests": _price("SQS", _M, "0.10", "0.10", _SQS),
    "file_writes": _price("S3", 1000, "0.005", "0.0053", _S3),
    "file_reads": _price("S3", 1000, "0.0004", "0.00042", _S3),
    "file_gb_months": _price("S3", 1, "0.023", "0.024", _S3),
    "log_gb": _price("CloudWatch", 1, "0.50", "0.5985", _WATCH),
    "metric_months": _price("CloudWatch", 1, "0.30", "0.30", _WATCH),
    "alarm_months": _price("CloudWatch", 1, "0.10", "0.10", _WATCH),
    "dashboard_months": _price("CloudWatch", 1, "3.00", "3.00", _WATCH),
    "mails": _price("SES", 1000, "0.10", "0.10", "aws.amazon.com/ses/pricing"),
    "key_requests": _price("KMS", 10_000, "0.03", "0.03", "aws.amazon.com/kms/pricing"),
    "key_months": _price("KMS", 1, "1.00", "1.00", "aws.amazon.com/kms/pricing"),
    "secret_months": _price("Secrets Manager", 1, "0.40", "0.40", "aws.amazon.com/secrets-manager/pricing"),
    "active_users": _price("Cognito", 1, "0.0055", "0.0055", "aws.amazon.com/cognito/pricing"),
    "schedule_beats": _price("EventBridge", _M, "0", "0", "aws.amazon.com/eventbridge/pricing"),
    "stream_reads": _price("DynamoDB", _M, "0", "0", _DYNAMODB),
})
"""By meter. Reads of the stream by Lambda's trigger and beats of scheduled rules are not charged. Requests that carry a
message group (fair queues) cost `fair_queue_requests` on top of `queue_requests`."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a bill: `quantity` at `price_usd` for every `per` of them."""

    meter: str
    service: str
    quantity: Decimal
    price_usd: Decimal
    per: int
    usd: Decimal


def bill(quantities: Mapping[str, Decimal], region: str) -> list[Line]:
    """The lines of a bill, dearest first. Raises KeyError for a meter without a price."""
    lines = [Line(meter, PRICES[meter].service, quantity, PRICES[meter].usd[region], PRICES[meter].per,
                  PRICES[meter].of(quantity, region)) for meter, quantity in quantities.items() if quantity]
    return sorted(lines, key=lambda line: (-line.usd, line.meter))


def total(lines: list[Line], *services: str) -> Decimal:
    """Dollars of the lines, of these services alone if any are named."""
    return sum((line.usd for line in lines if not services or line.service in services), Decimal(0))
