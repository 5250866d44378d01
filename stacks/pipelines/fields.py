"""Types of the fields: names of folders, files, images and parameters."""

from stacks.fields import matches

PipelineFolder = matches(
    r"(?!/)(?!.*(^|/)\.\.(/|$))[\w.-]+(/[\w.-]+)*",
    "must be the path of a folder in this project, such as pipelines/churn",
)
ImageName = matches(r"[a-z](-?[a-z0-9])*", "must be lower-case letters, digits and single hyphens")
FileName = matches(
    r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}", "must be the name of a file, such as _SUCCESS"
)
ParameterName = matches(
    # API reference: `Parameter`, member `Name`.
    r"[A-Za-z0-9](-*[A-Za-z0-9_])*",
    "must be the name of a parameter of the pipeline",
)
