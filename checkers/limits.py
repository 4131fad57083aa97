"""Every limit of the checker, with its reason. Each is tested at the limit and one beyond.

A limit bounds time and memory on hostile input. Honest bundles stay far below all of them.
"""

# Reading.
MAX_FILE_BYTES = 1 << 26  # 64 MiB for the bundle itself, which is read into memory: ten times smaller than unpacked
MAX_BUNDLE_BYTES = 1 << 28  # 256 MiB unpacked in all; one member is in memory at a time
MAX_MEMBER_BYTES = 1 << 25  # 32 MiB for one member: get-account-authorization-details of a large account is 20
MAX_MEMBERS = 100_000  # files in a bundle: five facts for each of 20,000 buckets
MAX_JSON_DEPTH = 64  # nesting: AWS responses and IAM policies stay below 16
MAX_JSON_DIGITS = 40  # digits of a number in JSON: no field of AWS has more; conversion is quadratic
MAX_JSON_VALUES = 1_000_000  # commas and brackets in one JSON text: up to 200 bytes of memory each; AWS has 1 in 30

# Policies. IAM's own quotas are far smaller (6,144 characters for a managed policy, 20,480 for a bucket policy).
MAX_PATTERN_CHARS = 2_048  # one glob: the longest ARN that AWS documents; an automaton grows with the square
MAX_NUMBER_CHARS = 100  # digits of a number or date in a condition
MAX_HOLES = 64  # policy variables in one element

# Emptiness of glob sets.
MAX_WALK_STATES = 4_096  # product states that the checker finds by itself
MAX_LISTED_STATES = 16_384  # product states that a certificate may list
MAX_AUTOMATON_BITS = 1 << 27  # positions times masks of one automaton: 16 MiB
MAX_SUBSTITUTED_PATTERNS = 10_000  # patterns that filling the holes of a template may make

# Refutations. Two thousand statements need about two lemmas each and one step.
MAX_LEMMAS = 200_000  # of one rule: hundred times that
MAX_STEPS = 200_000  # what the proof of a hard propositional question may have
MAX_WORK = 10_000_000  # for one certificate, in tenths of a microsecond: one second, on a slow machine two
MAX_FLOW_WORK = 30_000_000  # for a closed set of headers: a network of 800 VPCs as one claim takes half of it
MAX_CAUSES = 100  # of one claim: more than anybody reads; each is a witness, with its own work

# Output.
MAX_LINE_CHARS = 2_000  # of one line of what is printed: names and reasons are short
