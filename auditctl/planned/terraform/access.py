"""Everything of a Terraform plan that decides requests, as things."""

from collections.abc import Iterator

from auditctl.planned.terraform import access_iam, access_resources, access_s3
from auditctl.planned.terraform.plan import Plan
from auditctl.planned.things import Thing

READ = access_iam.READ | access_s3.READ | access_resources.READ


def access_things(plan: Plan) -> Iterator[Thing]:
    """The things of the types in `READ`."""
    yield from access_iam.iam_things(plan)
    yield from access_s3.s3_things(plan)
    yield from access_resources.resource_things(plan)
