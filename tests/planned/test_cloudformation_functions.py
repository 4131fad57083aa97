"""Functions of CloudFormation: what they come out as where all is known, and where something is not."""

from __future__ import annotations

import re
from typing import Any

import pytest

from checkers.verdict import Unreadable
from planned.templates import drafted, evaluator, resources, value

PARAMETERS = """
Parameters:
  Known: {Type: String, Default: known}
  Open: {Type: String}
  Size: {Type: Number, Default: 3}
  OpenSize: {Type: Number}
  List: {Type: CommaDelimitedList, Default: 'a, b,c'}
  OpenList: {Type: CommaDelimitedList}
  OpenVpc: {Type: 'AWS::EC2::VPC::Id'}
  OpenSubnets: {Type: 'List<AWS::EC2::Subnet::Id>'}
  Stored: {Type: 'AWS::SSM::Parameter::Value<String>', Default: /acme/name}
  Only: {Type: String, AllowedValues: [one]}
  Choice: {Type: String, AllowedValues: [x, y]}
Mappings:
  Sizes:
    known: {size: small, zones: [a, b]}
    other: {size: small, zones: [c]}
Conditions:
  Yes: !Equals [a, a]
  No: !Equals [a, b]
  Maybe: !Equals [!Ref Open, prod]
Resources:
  Bucket: {Type: 'AWS::S3::Bucket'}
  Named: {Type: 'AWS::S3::Bucket', Properties: {BucketName: acme-named}}
  Queue: {Type: 'AWS::SQS::Queue', Properties: {FifoQueue: true}}
  Role: {Type: 'AWS::IAM::Role', Properties: {Path: /app/, RoleName: app}}
  Other: {Type: 'AWS::Glue::Job'}"""

VALUES: list[tuple[str, Any]] = [
    # What is written.
    ("a text", "a text"),
    ("12", 12),
    ("012345678901", "012345678901"),
    ("2012-10-17", "2012-10-17"),
    ("true", True),
    ("'true'", "true"),
    ("!Ref AWS::NoValue", None),
    ("[a, !Ref AWS::NoValue, b]", ["a", "b"]),
    ("{a: !Ref AWS::NoValue, b: 1}", {"b": 1}),
    # References.
    ("!Ref Known", "known"),
    ("!Ref Open", "<Open>"),
    ("{Ref: Known}", "known"),
    ("!Ref Size", "3"),
    ("!Ref OpenSize", "<OpenSize>"),
    ("!Ref List", ["a", "b", "c"]),
    ("!Ref OpenList", "<OpenList>"),
    ("!Ref OpenVpc", "vpc-<OpenVpc>"),
    ("!Ref Stored", "<Stored>"),
    ("!Ref Only", "one"),
    ("!Ref AWS::AccountId", "111122223333"),
    ("!Ref AWS::Region", "eu-west-1"),
    ("!Ref AWS::Partition", "aws"),
    ("!Ref AWS::URLSuffix", "amazonaws.com"),
    ("!Ref AWS::StackName", "<AWS-StackName>"),
    ("!Ref AWS::StackId", "arn:aws:cloudformation:eu-west-1:111122223333:stack/<AWS-StackName>/<AWS-StackId>"),
    ("!Ref AWS::NotificationARNs", "<AWS-NotificationARNs>"),
    ("!Ref Bucket", "<Bucket.BucketName>"),
    ("!Ref Named", "acme-named"),
    ("!Ref Other", "<Other>"),
    # Attributes.
    ("!GetAtt Bucket.Arn", "arn:aws:s3:::<Bucket.BucketName>"),
    ("Fn::GetAtt: [Named, Arn]", "arn:aws:s3:::acme-named"),
    ("Fn::GetAtt: Named.Arn", "arn:aws:s3:::acme-named"),
    ("!GetAtt [Role, Arn]", "arn:aws:iam::111122223333:role/app/app"),
    ("!GetAtt Queue.QueueName", "<Queue.QueueName>.fifo"),
    ("!GetAtt Other.Anything.More", "<Other.Anything.More>"),
    # Texts.
    (
        "!Sub 'x ${Known} ${AWS::Region} ${Named} ${Named.Arn} ${!Known}'",
        "x known eu-west-1 acme-named arn:aws:s3:::acme-named ${Known}",
    ),
    ("!Sub ['${A}-${Known}', {A: !Ref Open}]", "<Open>-known"),
    ("!Sub '${Bucket.Arn}/*'", "arn:aws:s3:::<Bucket.BucketName>/*"),
    ("!Join ['-', [a, !Ref Known, 1, true]]", "a-known-1-true"),
    ("!Join ['', ['arn:', !Ref AWS::Partition, ':s3:::', !Ref Bucket]]", "arn:aws:s3:::<Bucket.BucketName>"),
    ("!Join [',', !Ref List]", "a,b,c"),
    ("!Join [',', !Ref OpenList]", "<It.Of.Join>"),
    ("!Base64 abc", "YWJj"),
    ("!Base64 {Ref: Open}", "<It.Of.Base64>"),
    ("'{{resolve:ssm:/acme/name:1}}'", "<resolve-ssm-acme-name-1>"),
    ("!Sub 'x-{{resolve:ssm:/acme/${Known}}}'", "x-<resolve-ssm-acme-known>"),
    ("!ImportValue acme-network", "<ImportValue-acme-network>"),
    ("!ImportValue {'Fn::Sub': '${Known}-network'}", "<ImportValue-known-network>"),
    # Lists.
    ("!Select [1, [a, b]]", "b"),
    ("!Select ['0', !Ref List]", "a"),
    ("!Select [0, !Ref OpenList]", "<OpenList.0>"),
    ("!Select [0, !Ref OpenSubnets]", "subnet-<OpenSubnets.0>"),
    ("!Split [',', 'a,b']", ["a", "b"]),
    ("!Select [5, !Split [':', !GetAtt Bucket.Arn]]", "<Bucket.BucketName>"),
    ("!Select [1, !Split [',', !Ref Open]]", "<Open.1>"),
    ("!Select [0, !Split ['-', !Ref Bucket]]", "<Bucket.BucketName.0>"),
    ("!Cidr [10.0.0.0/16, 2, 8]", ["10.0.0.0/24", "10.0.1.0/24"]),
    ("!Cidr ['2001:db8::/56', 1, 64]", ["2001:db8::/64"]),
    ("!Select [0, !Cidr [!Ref Open, 2, 8]]", "<It.Of.Cidr.0>"),
    ("!Select [0, !GetAZs '']", "eu-west-1a"),
    ("!Select [1, !GetAZs us-east-1]", "us-east-1b"),
    # Mappings.
    ("!FindInMap [Sizes, known, size]", "small"),
    ("!FindInMap [Sizes, !Ref Known, zones]", ["a", "b"]),
    ("!FindInMap [Sizes, !Ref Open, size]", "small"),
    ("!FindInMap [Sizes, !Ref Open, zones]", "<It.Of>"),
    # Conditions.
    ("!If [Yes, a, b]", "a"),
    ("!If [No, a, b]", "b"),
    ("!If [Maybe, a, b]", "<It.Of>"),
    ("!If [Maybe, a, a]", "a"),
    ("!If [Maybe, a, !Ref AWS::NoValue]", "<It.Of>"),
    ("!If [Maybe, [a], [b]]", "<It.Of>"),
    ("!If [No, a, !Ref AWS::NoValue]", None),
    # Macros.
    ("Fn::Transform: {Name: Acme}", "<It.Of>"),
    ("{Fn::Transform: {Name: Acme}, b: 1}", "<It.Of>"),
]


@pytest.mark.parametrize(("expression", "expected"), VALUES, ids=[v[0] for v in VALUES])
def test_an_expression_comes_out_as(expression: str, expected: Any) -> None:
    assert value(expression, PARAMETERS) == expected


ERRORS = [
    ("!Ref Bucke", "`Bucke` is no parameter or resource of the template (did you mean `Bucket`?)"),
    ("!Ref [a]", "Ref of a list, expected a name"),
    ("!GetAtt Buckett.Arn", "`Buckett` is no resource of the template (did you mean `Bucket`?)"),
    ("!GetAtt Bucket", "Fn::GetAtt of `Bucket`, expected a resource and an attribute"),
    ("!GetAtt Known.Arn", "`Known` is no resource of the template"),
    ("!Sub '${Unknown}'", "`Unknown` is no parameter or resource"),
    ("!Sub {a: b}", "Fn::Sub of a mapping, expected a text"),
    ("!Sub ['${Known}', b]", "Fn::Sub with `b` in It.Of, expected a mapping of variables"),
    ("!Sub '${List}'", "`${List}` in It.Of is no text"),
    ("!Join [a]", "Fn::Join of a list in It.Of, expected a list of 2"),
    ("!Join [a, b]", "Fn::Join of `b` in It.Of, expected a list"),
    ("!Join [a, [[b]]]", "Fn::Join of a list in a list in It.Of"),
    ("!Join [[a], [b]]", "a list in It.Of, expected a text"),
    ("!Select [2, [a, b]]", "Fn::Select of index 2 in It.Of, and the list has 2"),
    ("!Select [x, [a]]", "Fn::Select at `x` in It.Of, expected a number"),
    ("!Select [0, a]", "Fn::Select of `a` in It.Of, expected a list"),
    ("!Split ['', a]", "Fn::Split at the empty text"),
    ("!Cidr [x, 1, 8]", "Fn::Cidr of `x`, `1`, `8` in It.Of, expected a block"),
    ("!Cidr [10.0.0.0/24, 9, 6]", "Fn::Cidr of `10.0.0.0/24`, `9`, `6` in It.Of"),
    ("!FindInMap [Sizes, knwn, size]", "`knwn` in It.Of is not in the mapping (did you mean `known`?)"),
    ("!FindInMap [Nothing, a, b]", "`Nothing` in It.Of is not in the mapping"),
    ("!If [Never, a, b]", "condition `Never` is not in the template"),
    ("!If [Yes, a]", "Fn::If of a list in It.Of, expected a condition and two values"),
    ("!Equals [a, b]", "Fn::Equals in It.Of, expected a function that has a value"),
    ("Fn::Sum: [a]", "unknown function `Fn::Sum`"),
    ("!Sum [a]", "unknown tag `!Sum` (did you mean `Sub`?)"),
    ("{'Fn::Sub': a, b: c}", "`Fn::Sub` beside other keys"),
    ("[~]", "It.Of.0 is null, expected a value or `!Ref AWS::NoValue`"),
    ("!Ref AWS::Regio", "`AWS::Regio` is no parameter or resource of the template (did you mean `AWS::Region`?)"),
    ("Fn::Length: [a]", "Fn::Length without `Transform: AWS::LanguageExtensions`"),
    ("Fn::ToJsonString: {}", "Fn::ToJsonString without `Transform"),
]


@pytest.mark.parametrize(("expression", "message"), ERRORS, ids=[e[0] for e in ERRORS])
def test_an_expression_is_refused_with_its_place(expression: str, message: str) -> None:
    with pytest.raises(Unreadable, match=rf"{re.escape(message)}.* at acme\.yaml:\d+:\d+$"):
        value(expression, PARAMETERS)


def test_a_marker_tells_why_it_is_not_known() -> None:
    found = evaluator(PARAMETERS.strip() + "\n  It: {Type: 'AWS::Acme::Thing', Properties: {Of: !If [Maybe, a, b]}}\n")
    it = found.attributes.property(found.template.resources["It"], "Of")
    assert it is not None
    assert found.reason(found.whole_marker(it)) == "condition Maybe decides It.Of: parameter Open has no value"


def test_unknown_values_have_the_kind_of_their_parameter() -> None:
    found = evaluator(PARAMETERS.strip())
    at = found.template.resources["Bucket"].at
    for name in ("Open", "OpenSize", "OpenList", "OpenVpc", "Choice", "Stored"):
        found.refer(name, at)
    kinds = {name: (entry["kind"], entry.get("example")) for name, entry in found.draft.unknowns.items()}
    assert kinds == {
        "Open": ("text", "example"),
        "OpenSize": ("number", 1024),
        "OpenList": ("list", ["example"]),
        "OpenVpc": ("name", None),
        "Choice": ("text", "x"),
        "Stored": ("text", "example"),
    }


# Conditions.

TRUTHS = [
    ("!Equals [a, a]", True),
    ("!Equals [a, b]", False),
    ("!Equals [!Ref Known, known]", True),
    ("!Equals [!Ref Size, 3]", True),
    ("!Equals [!Ref Open, a]", None),
    ("!Equals [!Ref Open, !Ref Open]", True),
    ("!Equals [!Sub 'acme-${Open}', 'other-x']", False),
    ("!Equals [!Sub 'acme-${Open}', 'acme-x']", None),
    ("!Equals [!Ref OpenVpc, '']", False),
    ("!Equals [!Ref Choice, z]", False),
    ("!Equals [!Ref Choice, x]", None),
    ("!Equals [!Join [',', !Ref List], 'a,b,c']", True),
    ("!Equals [!Ref List, [a, b, c]]", True),
    ("!Equals [!Ref OpenList, [a]]", None),
    ("!Not [!Equals [a, b]]", True),
    ("!Not [!Condition Maybe]", None),
    ("!And [!Condition 'Yes', !Condition 'No']", False),
    ("!And [!Condition 'Yes', !Condition 'Yes']", True),
    ("!And [!Condition 'No', !Condition Maybe]", False),
    ("!And [!Condition 'Yes', !Condition Maybe]", None),
    ("!Or [!Condition 'No', !Condition 'No']", False),
    ("!Or [!Condition 'Yes', !Condition Maybe]", True),
    ("!Or [!Condition 'No', !Condition Maybe]", None),
    ("{Condition: 'Yes'}", True),
    ("{'Fn::Or': [{Condition: 'Yes'}, {'Fn::Equals': [a, b]}]}", True),
]


@pytest.mark.parametrize(("condition", "expected"), TRUTHS, ids=[t[0] for t in TRUTHS])
def test_a_condition_is_met_or_not_or_open(condition: str, expected: bool | None) -> None:
    text = PARAMETERS.strip().replace("\nResources:", f"\n  Asked: {condition}\nResources:", 1)
    found = evaluator(text)
    assert found.conditions.truth(found.template.conditions["Asked"]).value is expected


BAD_CONDITIONS = [
    ("!Condition Nothing", "condition `Nothing` is not in the template"),
    ("!Condition Asked", "condition `Asked` rests on itself"),
    ("!Equals [a]", "Fn::Equals of a list, expected a list of 2"),
    ("!And [!Condition 'Yes']", "Fn::And of a list, expected a list of 2 to 10"),
    ("a", "`a` as a condition, expected Fn::Equals"),
    ("!Join ['', [a]]", "`Fn::Join` as a condition"),
]


@pytest.mark.parametrize(("condition", "message"), BAD_CONDITIONS, ids=[b[0] for b in BAD_CONDITIONS])
def test_a_condition_is_refused(condition: str, message: str) -> None:
    text = PARAMETERS.strip().replace("\nResources:", f"\n  Asked: {condition}\nResources:", 1)
    with pytest.raises(Unreadable, match=re.escape(message)):
        drafted(
            text.replace("Bucket: {Type: 'AWS::S3::Bucket'}", "Bucket: {Type: 'AWS::S3::Bucket', Condition: Asked}")
        )


# Parameters.

VALUES_REFUSED = [
    ("{Type: String, AllowedValues: [a, b]}", "c", "parameter `P` is `c`, expected `a` or `b`"),
    ("{Type: String, AllowedPattern: '[a-z]+'}", "A1", "parameter `P` is `A1`, expected a value that fits `[a-z]+`"),
    ("{Type: Number}", "x", "parameter `P` is `x`, expected a number"),
    ("{Type: Number, MinValue: 5}", "4", "parameter `P` is of 4, expected at least 5"),
    ("{Type: Number, MaxValue: 5}", "6", "parameter `P` is of 6, expected at most 5"),
    ("{Type: String, MinLength: 3}", "ab", "parameter `P` is of 2 characters, expected at least 3"),
    ("{Type: String, MaxLength: 1}", "ab", "parameter `P` is of 2 characters, expected at most 1"),
    ("{Type: CommaDelimitedList, AllowedValues: [a, b]}", "a,c", "parameter `P` is `c`, expected `a` or `b`"),
    ("{Type: String, Default: c, AllowedValues: [a, b]}", "", "parameter `P` is `c`, expected `a` or `b`"),
    ("{Type: Strin}", "", "type `Strin` of parameter `P`, expected String"),
    ("{Type: String, Defalt: a}", "", "unknown member `Defalt` of parameter `P` (did you mean `Default`?)"),
    ("[]", "", "parameter `P` is a list, expected a mapping"),
    ("{Type: String, AllowedValues: a}", "", "AllowedValues of parameter `P` is no list of texts"),
    ("{Type: String, AllowedValues: [[a]]}", "", "AllowedValues of parameter `P` is no list of texts"),
    ("{Type: String, Default: [a]}", "", "Default of parameter `P` is a list, expected a text"),
]


@pytest.mark.parametrize(("parameter", "given", "message"), VALUES_REFUSED, ids=[v[2] for v in VALUES_REFUSED])
def test_a_value_that_does_not_fit_is_refused(parameter: str, given: str, message: str) -> None:
    text = f"Parameters:\n  P: {parameter}\nResources:\n  B: {{Type: 'AWS::S3::Bucket'}}\n"
    with pytest.raises(Unreadable, match=re.escape(message)):
        drafted(text, **({"P": given} if given else {}))


@pytest.mark.parametrize(
    ("parameter", "given"),
    [
        ("{Type: String, AllowedValues: [a, b]}", "b"),
        ("{Type: String, AllowedPattern: '[a-z]+'}", "ab"),
        ("{Type: Number, MinValue: 5, MaxValue: 5}", "5"),
        ("{Type: String, MinLength: 2, MaxLength: 2}", "ab"),
        ("{Type: CommaDelimitedList, AllowedValues: [a, b]}", "a, b"),
        ("{Type: String, AllowedPattern: '(a+)+b'}", "a" * 400),
        ("{Type: String, AllowedPattern: '\\p{L}+'}", "ab"),
    ],
)
def test_a_value_that_fits_is_taken_and_so_is_one_that_cannot_be_checked(parameter: str, given: str) -> None:
    text = f"Parameters:\n  P: {parameter}\nResources:\n  B: {{Type: 'AWS::S3::Bucket'}}\n"
    assert drafted(text, P=given).read == {"AWS::S3::Bucket": 1}


def test_a_value_of_no_parameter_is_refused_with_a_suggestion() -> None:
    text = "Parameters: {Environment: {Type: String}}\nResources:\n  B: {Type: 'AWS::S3::Bucket'}\n"
    with pytest.raises(
        Unreadable, match=r"parameter `Enviroment` is not of acme\.yaml \(did you mean `Environment`\?\)"
    ):
        drafted(text, Enviroment="x")
    with pytest.raises(Unreadable, match="expected none, as the template has no parameters"):
        resources("  B: {Type: 'AWS::S3::Bucket'}\n", X="x")


def test_the_name_of_the_stack_may_be_given_like_a_parameter() -> None:
    assert value("!Ref AWS::StackName", "", {"AWS::StackName": "acme-prod"}) == "acme-prod"


# Names that rest on each other, and texts that look like markers.


def test_names_that_rest_on_each_other_are_refused() -> None:
    text = """
  A: {Type: 'AWS::S3::Bucket', Properties: {BucketName: !Sub 'x-${B}'}}
  B: {Type: 'AWS::S3::Bucket', Properties: {BucketName: !Sub 'x-${A}'}}
"""
    with pytest.raises(Unreadable, match=r"`[AB]` depends on itself at acme\.yaml:"):
        resources(text)


@pytest.mark.parametrize(
    "text",
    [
        "  A: {Type: 'AWS::S3::Bucket', Properties: {Tags: [{Key: k, Value: '<A.BucketName>'}]}}\n",
        "  A: {Type: 'AWS::S3::Bucket', Properties: {Tags: [{Key: k, Value: !Sub ['<${x}>', {x: A.BucketName}]}]}}\n",
        "  A: {Type: 'AWS::S3::Bucket', Properties: {Tags: [{Key: k, Value: !Join ['', ['<', 'A.BucketName>']]}]}}\n",
    ],
)
def test_a_text_that_spells_a_marker_is_refused(text: str) -> None:
    with pytest.raises(Unreadable, match=r"`<A\.BucketName>` stands in acme\.yaml and would be taken for the unknown"):
        resources(text)
    assert resources(text.replace("A.BucketName", "B.BucketName")).read == {"AWS::S3::Bucket": 1}


def test_a_parameter_in_the_name_of_a_resource_is_a_name_wherever_it_stands() -> None:
    text = """
Parameters: {Environment: {Type: String}}
Resources:
  A: {Type: 'AWS::S3::Bucket', Properties: {BucketName: !Sub 'acme-${Environment}'}}
  P:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Sub 'acme-${Environment}'
      PolicyDocument: {Statement: [{Effect: Allow, Principal: '*', Action: 's3:*', Resource: 'RESOURCE'}]}
"""
    draft = drafted(text.replace("'RESOURCE'", "!Sub 'arn:aws:s3:::acme-${Environment}/*'"))
    assert draft.unknowns["Environment"]["kind"] == "name"
    assert "111122223333/global/s3/get-bucket-policy/acme-<Environment>.json" in draft.answers
    assert "names of resources with parameters without a value are unlike others: Environment" in draft.notices


def test_an_arn_that_may_be_that_of_such_a_resource_needs_the_value() -> None:
    text = """
Parameters: {Environment: {Type: String}}
Resources:
  A: {Type: 'AWS::S3::Bucket', Properties: {BucketName: !Sub 'acme-${Environment}'}}
  P:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      PolicyDocument: {Statement: [{Effect: Allow, Action: 's3:*', Resource: 'RESOURCE'}]}
"""
    with pytest.raises(Unreadable, match="may be `A` or not, as parameter `Environment` has no value: give it one at"):
        drafted(text.replace("RESOURCE", "arn:aws:s3:::acme-web/*"))
    drafted(text.replace("RESOURCE", "arn:aws:s3:::acme-web/*"), Environment="web")
    drafted(text.replace("RESOURCE", "arn:aws:s3:::other-web/*"))
    drafted(text.replace("RESOURCE", "arn:aws:s3:::acme-*"))  # the checker knows that this may be the name


# AWS::LanguageExtensions.


def test_extensions_of_the_language() -> None:
    rest = "Transform: AWS::LanguageExtensions\nMappings: {M: {a: {b: c}}}"
    assert value("{'Fn::Length': [a, b]}", rest) == 2
    assert value("{'Fn::ToJsonString': {a: [1, true]}}", rest) == '{"a": [1, true]}'
    assert value("!FindInMap [M, x, y, {DefaultValue: z}]", rest) == "z"
    assert value("!FindInMap [M, a, b, {DefaultValue: z}]", rest) == "c"


LOOPS = """
Transform: AWS::LanguageExtensions
Parameters: {Names: {Type: CommaDelimitedList, Default: 'a-1, b'}, Open: {Type: CommaDelimitedList}}
Resources:
  Fn::ForEach::Buckets:
    - Name
    - COLLECTION
    - KEY:
        Type: AWS::S3::Bucket
        Properties: {BucketName: !Sub 'acme-${Name}', Tags: [{Key: n, Value: !Ref Name}]}
"""


def test_loops_are_written_out() -> None:
    text = LOOPS.replace("COLLECTION", "!Ref Names").replace("KEY", "B&{Name}")
    draft = drafted(text)
    assert sorted(draft.things) == ["arn:aws:s3:::acme-a-1", "arn:aws:s3:::acme-b"]
    assert draft.things["arn:aws:s3:::acme-a-1"].address == "Ba1"
    assert draft.things["arn:aws:s3:::acme-a-1"].line == text.splitlines().index("    - B&{Name}:") + 1


@pytest.mark.parametrize(
    ("collection", "key", "message"),
    [
        ("!Ref Open", "B&{Name}", "the collection of Fn::ForEach is `Ref Open`, which has no value"),
        ("!GetAtt X.Y", "B&{Name}", "the collection of Fn::ForEach is `Fn::GetAtt`, expected texts or a parameter"),
        ("[a, b]", "B", "makes `B` a second time"),
        ("x", "B&{Name}", "the collection of Fn::ForEach is `x`"),
        ("[a, b]", "B-${Name}", "logical id `B-a`, expected letters and digits"),
    ],
)
def test_a_loop_is_refused(collection: str, key: str, message: str) -> None:
    with pytest.raises(Unreadable, match=re.escape(message)):
        drafted(LOOPS.replace("COLLECTION", collection).replace("KEY", key))


def test_a_loop_without_the_extension_is_refused() -> None:
    with pytest.raises(Unreadable, match="logical id `Fn::ForEach::Buckets`"):
        drafted(LOOPS.replace("Transform: AWS::LanguageExtensions", ""))
