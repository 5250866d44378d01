// Writes a CDK app in JavaScript that makes the resources of templates directly, as L1s:
//   node generate.cjs <cloud assembly> <app.cjs>
// Each resource's properties go once through the CDK's own reader of templates, which knows
// how the properties of an L1 are called; the app it writes has them as plain code.
const fs = require("node:fs");
const path = require("node:path");
const { App, CfnResource, Stack, Token } = require("aws-cdk-lib");

const [assembly, target] = process.argv.slice(2);
const libraries = new Map();

// AWS::S3::Bucket is CfnBucket of aws-cdk-lib/aws-s3.
function l1(type) {
  const [vendor, service, name] = type.split("::");
  if (vendor !== "AWS") return undefined;
  const library = `aws-${service.toLowerCase()}`;
  if (!libraries.has(library)) {
    try {
      libraries.set(library, require(`aws-cdk-lib/${library}`));
    } catch {
      libraries.set(library, {});
    }
  }
  const found = libraries.get(library)[`Cfn${name}`];
  return found && { library, name: `Cfn${name}`, class: found };
}

const app = new App({ analyticsReporting: false });

// An intrinsic function of a template, which stays what it is.
class Intrinsic {
  constructor(value) {
    this.value = value;
    this.creationStack = [];
  }
  resolve() {
    return this.value;
  }
  toString() {
    return Token.asString(this);
  }
}

function isIntrinsic(value) {
  const keys = Object.keys(value);
  return keys.length === 1 && (keys[0] === "Ref" || keys[0].startsWith("Fn::"));
}

function withIntrinsics(value) {
  if (Array.isArray(value)) return value.map(withIntrinsics);
  if (value === null || typeof value !== "object") return value;
  if (isIntrinsic(value)) return new Intrinsic(value);
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, withIntrinsics(v)]));
}

// The properties of a resource as its L1 takes them.
const parser = { parseValue: withIntrinsics, handleAttributes: () => undefined };
function properties(stack, id, resource, found) {
  const attributes = { Properties: resource.Properties ?? {} };
  const made = found.class._fromCloudFormation(stack, id, attributes, { parser });
  return stack.resolve(made.cfnProperties);
}

// Code of a value; references are tokens, which some properties take only as texts.
function code(value, asText) {
  if (Array.isArray(value)) return `[${value.map((one) => code(one, asText)).join(", ")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  if (isIntrinsic(value)) return asText ? `text(${JSON.stringify(value)})` : JSON.stringify(value);
  const entries = Object.entries(value).map(([k, v]) => `${JSON.stringify(k)}: ${code(v, asText)}`);
  return `{ ${entries.join(", ")} }`;
}

// Which of both ways the L1 takes; undefined, if neither.
let tries = 0;
function accepted(found, given) {
  for (const asText of [false, true]) {
    const plain = code(given, asText);
    try {
      const value = new Function("text", `return ${plain};`)((one) => Token.asString(one));
      new found.class(new Stack(app, `Try${tries++}`), "Try", value);
      return plain;
    } catch (error) {
      if (asText) console.error(`${found.name}: ${error.message}`);
    }
  }
  return undefined;
}

const lines = [
  'const { App, CfnResource, Stack, Stage, Token } = require("aws-cdk-lib");',
  "const text = (value) => Token.asString(value);",
  'const app = new App({ outdir: process.argv[2], analyticsReporting: false, builtinCloudFormationValidation: process.argv[3] === "checked" });',
];
let direct = 0;
let generic = 0;
for (const folder of fs.readdirSync(assembly).filter((one) => one.startsWith("assembly-"))) {
  const manifest = JSON.parse(fs.readFileSync(path.join(assembly, folder, "manifest.json")));
  lines.push(`{ const stage = new Stage(app, ${JSON.stringify(folder.slice(9))});`);
  for (const artifact of Object.values(manifest.artifacts)) {
    if (artifact.type !== "aws:cloudformation:stack") continue;
    const file = path.join(assembly, folder, artifact.properties.templateFile);
    const { Resources: resources = {} } = JSON.parse(fs.readFileSync(file));
    const [account, region] = artifact.environment.slice("aws://".length).split("/");
    const scratch = new Stack(app, `Scratch${lines.length}`);
    const id = artifact.displayName.split("/")[1];
    lines.push(`{ const stack = new Stack(stage, ${JSON.stringify(id)}, { env: ${JSON.stringify({ account, region })} });`);
    lines.push("const made = {};");
    for (const [name, resource] of Object.entries(resources)) {
      const found = l1(resource.Type);
      const key = JSON.stringify(name);
      const plain = found && accepted(found, properties(scratch, name, resource, found));
      if (plain) {
        lines.push(`made[${key}] = new (require("aws-cdk-lib/${found.library}").${found.name})(stack, ${key}, ${plain});`);
        direct += 1;
      } else {
        const given = { type: resource.Type, properties: resource.Properties };
        lines.push(`made[${key}] = new CfnResource(stack, ${key}, ${JSON.stringify(given)});`);
        generic += 1;
      }
      for (const [option, attribute] of [["deletionPolicy", "DeletionPolicy"], ["updateReplacePolicy", "UpdateReplacePolicy"]]) {
        if (resource[attribute]) lines.push(`made[${key}].cfnOptions.${option} = ${JSON.stringify(resource[attribute])};`);
      }
    }
    for (const [name, resource] of Object.entries(resources)) {
      for (const other of [resource.DependsOn ?? []].flat()) {
        lines.push(`made[${JSON.stringify(name)}].addDependency(made[${JSON.stringify(other)}]);`);
      }
    }
    lines.push("}");
  }
  lines.push("}");
}
lines.push("app.synth();");
fs.writeFileSync(target, lines.join("\n"));
console.log(JSON.stringify({ direct, generic }));
