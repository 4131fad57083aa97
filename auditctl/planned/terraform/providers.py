"""The account and region of each resource: what it says itself, then its provider, then the user, then the rest."""

import re
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from auditctl.planned.given import NO_ACCOUNT, Given
from auditctl.planned.terraform.address import module_of
from auditctl.planned.terraform.references import Constant, Scope

if TYPE_CHECKING:
    from auditctl.planned.terraform.plan import Plan, Resource

DEFAULT_REGION = "us-east-1"
_ACCOUNT = re.compile(r"\d{12}")
_REGION = re.compile(r"[a-z]{2,4}(?:-[a-z]+)+-\d{1,2}")
_ARN = re.compile(r"arn:[a-z-]+:[a-z0-9-]+:([a-z0-9-]*):(\d{12}):.+")


def is_of_aws(resource: "Resource") -> bool:
    """Whether a resource is one of AWS, of hashicorp/aws, a fork of it or hashicorp/awscc."""
    return resource.type.startswith(("aws_", "awscc_"))


class Providers:
    """Accounts and regions of the configurations of providers, and of the resources that use them."""

    def __init__(self, plan: "Plan", given: Given) -> None:
        self.plan = plan
        self.given = given
        self._accounts: dict[str, str] = {}
        self._regions: dict[str, str] = {}

    def account(self, resource: "Resource") -> str:
        """The account of a resource."""
        own = _own(resource, 2) or _twelve_digits(resource.after.get("owner_id"))
        if own:
            return own
        key = resource.block.provider
        if key not in self._accounts:
            self._accounts[key] = self._account(key)
        return self._accounts[key]

    def region(self, resource: "Resource") -> str:
        """The region of a resource."""
        own = resource.after.get("region")
        own = own if isinstance(own, str) and _REGION.fullmatch(own) else _own(resource, 1)
        if own:
            return own
        key = resource.block.provider
        if key not in self._regions:
            self._regions[key] = self._region(key)
        return self._regions[key]

    def places(self) -> list[tuple[str, str]]:
        """Every account and region of which the plan has something, or else those of its default provider."""
        found = {(r.account, r.region) for r in self.plan.resources.values() if r.mode == "managed" and is_of_aws(r)}
        return sorted(found) or [(self._account("aws"), self._region("aws"))]

    def _account(self, key: str) -> str:
        expressions = self._expressions(key)
        said = self._assumed(key, expressions) or self._allowed(key, expressions)
        found = said or self._identity(key) or self.given.account or self._of_others(key, 2)
        if found:
            return found
        if not self._is_noted:
            self._is_noted = True
            notice = f"the plan does not say its account: {NO_ACCOUNT} stands for it; give it with `--account`"
            self.plan.draft.notices.append(notice)
        return NO_ACCOUNT

    _is_noted = False

    def _region(self, key: str) -> str:
        expressions = self._expressions(key)
        found = self._constant(key, expressions.get("region"))
        if isinstance(found, str) and found:
            return found
        known = self._data("aws_region", key, "name", "id") or self.given.region or self._of_others(key, 1)
        if known:
            return known
        notice = f"the plan does not say its region: {DEFAULT_REGION} is taken; give it with `--region`"
        if notice not in self.plan.draft.notices:
            self.plan.draft.notices.append(notice)
        return DEFAULT_REGION

    def _expressions(self, key: str) -> Mapping[str, Any]:
        row = self.plan.configuration.providers.get(key)
        found = row.get("expressions") if isinstance(row, dict) else None
        return found if isinstance(found, dict) else {}

    def _constant(self, key: str, expression: object) -> object:
        """The value of an expression of a provider, None where the plan does not say it."""
        if not isinstance(expression, dict):
            return None
        row = self.plan.configuration.providers.get(key)
        address = row.get("module_address") if isinstance(row, dict) else None
        scope = Scope(module_of(address if isinstance(address, str) else ""))
        found = list(self.plan.references.expression(expression, (), scope))
        return found[0].value if len(found) == 1 and isinstance(found[0], Constant) else None

    def _assumed(self, key: str, expressions: Mapping[str, Any]) -> str:
        """The account of the role that the provider assumes; of a chain of roles it is the last one."""
        for member in ("assume_role_with_web_identity", "assume_role"):
            blocks = expressions.get(member)
            rows = blocks if isinstance(blocks, list) else [blocks]
            for row in reversed(rows):
                arn = self._constant(key, row.get("role_arn")) if isinstance(row, dict) else None
                match = _ARN.fullmatch(arn) if isinstance(arn, str) else None
                if match:
                    return match[2]
        return ""

    def _allowed(self, key: str, expressions: Mapping[str, Any]) -> str:
        """The only account that the provider may be used for."""
        found = self._constant(key, expressions.get("allowed_account_ids"))
        return _twelve_digits(found[0]) if isinstance(found, list) and len(found) == 1 else ""

    def _identity(self, key: str) -> str:
        return _twelve_digits(self._data("aws_caller_identity", key, "account_id", "id"))

    def _data(self, kind: str, key: str, *attributes: str) -> str:
        """An attribute of a data source that the provider has read, empty where there is none."""
        for one in self.plan.data(kind):
            for attribute in attributes:
                value = one.after.get(attribute)
                if one.block.provider == key and isinstance(value, str):
                    return value
        return ""

    def _of_others(self, key: str, group: int) -> str:
        """What resources that exist already say, those of the same provider first, then who is asking elsewhere."""
        found = {r.block.provider: said for r in reversed(self._existing) if (said := _own(r, group))}
        if key in found:
            return found[key]
        kind, attribute = ("aws_caller_identity", "account_id") if group == _ACCOUNT_GROUP else ("aws_region", "name")
        told = (one.after.get(attribute) for one in self.plan.data(kind))
        return next((t for t in told if isinstance(t, str)), next(iter(found.values()), ""))

    @cached_property
    def _existing(self) -> list["Resource"]:
        return [r for _, r in sorted(self.plan.resources.items()) if _own(r, 2)]


_ACCOUNT_GROUP = 2


def _own(resource: "Resource", group: int) -> str:
    """What the ARN of a resource says, empty where it has none or it says nothing."""
    if resource.mode != "managed":
        return ""
    arn = resource.after.get("arn")
    match = _ARN.fullmatch(arn) if isinstance(arn, str) else None
    return match[group] if match else ""


def _twelve_digits(value: object) -> str:
    return value if isinstance(value, str) and _ACCOUNT.fullmatch(value) else ""
