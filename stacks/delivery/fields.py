"""Types of the fields: names of repositories, environments and branches."""

from stacks.fields import matches

GitHubRepositoryName = matches(
    r"[A-Za-z0-9](-?[A-Za-z0-9]){0,38}(_[A-Za-z0-9]{1,38})?"
    r"/(?!\.{1,2}$)(?!.*\.git$)[A-Za-z0-9._-]{1,100}",
    "must be the owner and the name of a repository on github.com, in the case that GitHub shows, "
    "such as example/ml-platform",
)
GitHubId = matches(
    r"[1-9]\d{0,18}",
    "must be a number in quotes. `gh api repos/OWNER/NAME --jq .owner.id,.id` prints both ids",
)
# GitHub: "Managing environments for deployment"; names are in the subject of the tokens.
GitHubEnvironmentName = matches(
    r"(?=.{1,255}$)[A-Za-z0-9_.-]([A-Za-z0-9_./ -]*[A-Za-z0-9_.-])?",
    "must be the name of a GitHub environment: letters, digits, spaces and ._/-",
)
# git-check-ref-format(1), without characters that IAM or a shell interprets.
BranchName = matches(
    r"(?=.{1,244}$)(?!refs/)(?!.*(\.\.|//|/\.|\.lock(/|$)))[A-Za-z0-9_][A-Za-z0-9_./+#=-]*(?<![/.])",
    "must be the name of a branch, such as main: without refs/heads/ and without wildcards",
)
GitLabProjectPath = matches(
    r"(?=.{1,255}$)[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)+(?<!\.git)",
    "must be the path of a project with its groups, such as example/ml-platform",
)
IssuerUrl = matches(
    r"https://[a-z0-9](\.?[a-z0-9-])*(/[A-Za-z0-9_-]+)*",
    "must be the address of a GitLab instance, in lower case and without a slash at the end, such "
    "as https://gitlab.example.com",
)
SecretName = matches(
    # A colon would end the name in a dynamic reference.
    r"[A-Za-z0-9/_+=.@-]{1,512}",
    "must be the name of a secret: letters, digits and /_+=.@-",
)
