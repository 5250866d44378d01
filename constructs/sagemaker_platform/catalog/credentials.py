"""How a password, a token or a key looks: by the name of its key, or by its form.

Forms are those that the issuers publish for secret scanning (GitHub Docs, "Supported secret
scanning patterns", read 2026-11-27; AWS IAM User Guide, "Unique identifiers").
"""

import re

_FORMS = {
    "an AWS access key": r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b",
    "a private key": r"-----BEGIN [A-Z ]*PRIVATE KEY-----",
    "a token of GitHub": r"\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{22})",
    "a token of GitLab": r"\bglpat-[A-Za-z0-9_-]{20}",
    "a token of Hugging Face": r"\bhf_[A-Za-z0-9]{30}",
    "a token of Slack": r"\bxox[abeoprs]-[A-Za-z0-9-]{10}",
    "an API key of Google": r"\bAIza[A-Za-z0-9_-]{35}",
    "an API key": r"\bsk-(?:[a-z]+-)*[A-Za-z0-9_-]{32}",
    "a JSON web token": r"\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.",
    # Without the scheme itself, which would be tried from each of its letters.
    "a URL with a password": r"(?<=[a-zA-Z0-9+.-])://[^\s/:@${}]*:[^\s/@${}]+@",
    "a password": r"(?i:(?:[?&;]|(?:^|\s)--?)(?:password|passwd|pwd|passphrase)[= ])"
    r"(?![${<])[^\s;&]+",
}
_FORM = re.compile("|".join(f"({pattern})" for pattern in _FORMS.values()))
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
# Of these, a key is a credential whatever stands before them.
_ALWAYS = frozenset({"password", "passwd", "pwd", "passphrase", "apikey", "passcode"})
# Of these, only with a word before them that says so: PAD_TOKEN and imagePullSecret are none.
_WITH: dict[str, re.Pattern[str]] = {
    "token": re.compile(
        "access|api|app|auth|bearer|bot|gh|git|github|gitlab|hf|hub|id|jwt|pat|personal|private"
        "|refresh|sas|secret|security|session|slack|vault|wandb"
    ),
    "secret": re.compile(
        "access|api|app|auth|aws|client|consumer|db|hmac|jwt|oauth|session|shared|signing|webhook"
    ),
    "key": re.compile(
        "access|account|api|auth|encryption|license|private|secret|service|signing|subscription"
    ),
}
# What points at a credential, or is switched: references, paths, names of files, numbers.
_REFERENCE = re.compile(
    r"\s*|\{\{resolve:(secretsmanager|ssm-secure):.*|arn:.*|s3://\S*|file:.*|[~./][^\s]*|\d+(\.\d+)?"
    r"|(?i:true|false|yes|no|none|null|on|off|enabled|disabled)|<.*>|[*x]+"
    r"|\$\{.*\}|\$\(.*\)|\$[A-Za-z_]\w*|%\(.*\)s|\{\{.*\}\}",
    re.DOTALL,
)


def find_credential(key: str, value: str) -> str | None:
    """Return what a value looks like, such as "a password"; None if it is no credential.

    Args:
        key: key or name that the value has; its last words decide.
        value: value.
    """
    if match := _FORM.search(value):
        return list(_FORMS)[(match.lastindex or 1) - 1]
    if _REFERENCE.fullmatch(value) or not _names_credential(key):
        return None
    return "a credential, because of its key"


def find_argument(arguments: list[str]) -> int | None:
    """Return the index of the first argument that carries a credential; None if there is none.

    The value may follow its option with a space or with =.
    """
    for index, argument in enumerate(arguments):
        option, equals, value = argument.partition("=")
        if equals and find_credential(option, value):
            return index
        if not equals and find_credential("", argument):
            return index
        before = arguments[index - 1] if index else ""
        is_value = before.startswith("-") and "=" not in before and not argument.startswith("-")
        if is_value and find_credential(before, argument):
            return index
    return None


def _names_credential(key: str) -> bool:
    words: list[str] = [word.lower() for word in _WORDS.findall(key)]
    if not words:
        return False
    before, last = words[:-1], words[-1]
    if last in _ALWAYS:
        return True
    if last not in _WITH:
        return False
    if not before:
        return last != "key"
    return bool(_WITH[last].fullmatch(before[-1]))
