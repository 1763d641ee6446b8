"""Errors that AWS documents for an operation and Kinora never raises, and why. A script
that sees one of them raised fails (see `checks.refused`), and so does `errors.py` if a line
says nothing of what is documented."""

from fnmatch import fnmatchcase

# Service, operation, error, reason. An asterisk stands for any text.
LINES = """
iam * ServiceFailure | a fault of the server's own, which no request leads to
iam * ConcurrentModification | changes of an account wait for each other; among several \
servers one would have to lose sixteen times in a row
iam * UnmodifiableEntity | roles of services: no service here makes one, and CreateRole \
refuses their paths with InvalidInput
iam * PolicyNotAttachable | of AWS's policies for service roles, which nobody can attach, \
there are none here
iam Delete* LimitExceeded | what takes away exceeds nothing
iam Detach* LimitExceeded | what takes away exceeds nothing
iam Deactivate* LimitExceeded | what takes away exceeds nothing
iam Remove* LimitExceeded | what takes away exceeds nothing
iam Update*Group LimitExceeded | what stays one thing exceeds nothing
iam UpdateUser LimitExceeded | what stays one thing exceeds nothing
iam UpdateAccessKey LimitExceeded | what stays one thing exceeds nothing
iam UpdateLoginProfile LimitExceeded | what stays one thing exceeds nothing
iam UpdateAccountPasswordPolicy LimitExceeded | what stays one thing exceeds nothing
iam ResyncMFADevice LimitExceeded | what stays one thing exceeds nothing
iam SetDefaultPolicyVersion LimitExceeded | what stays one thing exceeds nothing
iam ChangePassword LimitExceeded | what stays one thing exceeds nothing
iam CreateLoginProfile LimitExceeded | a user has one; a second is EntityAlreadyExists
iam CreateAccountAlias LimitExceeded | another alias takes the place of the one there is
iam GenerateCredentialReport LimitExceeded | who asks again within four hours is told of \
the report there is
iam AddRoleToInstanceProfile EntityAlreadyExists | a profile has room for one role: AWS, \
too, says LimitExceeded, also for the same role again
iam CreateGroup NoSuchEntity | the request names nothing that could be missing
iam UpdateAccountPasswordPolicy NoSuchEntity | the request names nothing that could be missing
iam UpdateAccountPasswordPolicy MalformedPolicyDocument | numbers out of range are \
ValidationError; nothing else can be malformed
iam ListAttached*Policies InvalidInput | a path or marker that is malformed is ValidationError
iam DeleteOpenIDConnectProvider NoSuchEntity | deleting what is not there is no error, as AWS \
says in the same place
iam CreateOpenIDConnectProvider OpenIdIdpCommunicationError | the server does not call \
providers: thumbprints and keys are given
iam UpdateUser EntityTemporarilyUnmodifiable | a change is whole before the next one begins
iam DeleteLoginProfile EntityTemporarilyUnmodifiable | a change is whole before the next one \
begins; only new passwords take time, to be hashed
iam EnableMFADevice EntityTemporarilyUnmodifiable | a change is whole before the next one begins
iam DeactivateMFADevice EntityTemporarilyUnmodifiable | a change is whole before the next begins
iam UntagMFADevice InvalidInput | a serial number that is no ARN is one nobody has: NoSuchEntity
iam ListMFADeviceTags InvalidInput | a serial number that is no ARN is one nobody has: NoSuchEntity
iam Simulate*Policy PolicyEvaluation | policies are read before; deciding cannot fail
iam ListServiceSpecificCredentials NotSupportedService | no service has such credentials \
here: the list is empty for each
iam GetCredentialReport ReportInProgress | a report is made within milliseconds: there is no \
moment to rely on; see the unit tests of `reports`
iam GetCredentialReport ReportExpired | four hours would have to pass, and reports do not \
outlive the server, whose clock tests set: see the unit tests of `reports`
sts * RegionDisabledException | a region that can be called is enabled
sts AssumeRole ExpiredTokenException | AssumeRole takes no token of a provider; credentials \
that have expired are ExpiredToken, as AWS answers
sts AssumeRoleWithWebIdentity IDPCommunicationError | the server does not call providers
sts AssumeRoleWithWebIdentity IDPRejectedClaim | the server does not call providers; a token \
for others is InvalidIdentityToken, as AWS answers
iot * InternalFailureException | a fault of the server's own, which no request leads to
iot * ServiceUnavailableException | a fault of the server's own, which no request leads to
iot * ThrottlingException | calls that manage devices are not throttled
iot Detach* LimitExceededException | what takes away exceeds nothing
iot List* LimitExceededException | what is listed exceeds nothing
iot DeleteRoleAlias DeleteConflictException | nothing hangs on an alias
iot * UnauthorizedException | a denial is AccessDeniedException, as AWS answers
"""


def _read(line):
    """Service, operation, error, reason."""
    what, why = line.split(" | ")
    return (*what.split(), why)


ENTRIES = [_read(line) for line in LINES.strip().splitlines()]


def reason(service, operation, code):
    """Why an error is never raised, or None."""
    for entry in ENTRIES:
        if entry[0] == service and fnmatchcase(operation, entry[1]) and entry[2] == code:
            return entry[3]
    return None
