"""What the check has to find: a name, a configuration, and its only problem."""


def topic(body):
    return f'resource "google_pubsub_topic" "t" {{\nname = "t"\n{body}\n}}'


def subscription(body):
    return f'resource "google_pubsub_subscription" "s" {{\nname = "s"\ntopic = "t"\n{body}\n}}'


EXPECTED_PROBLEMS = [
    ("unknown resource", 'resource "google_pubsub_topics" "t" {}', "google_pubsub_topics.t: the provider has no such type"),
    ("unknown data source", 'data "google_projects_of" "p" {}', "data.google_projects_of.p: the provider has no such type"),
    ("unknown provider", 'resource "aws_sns_topic" "t" {}', "aws_sns_topic.t: the provider has no such type"),
    (
        "resource of the beta provider alone",
        'resource "google_project_service_identity" "i" {\nservice = "x"\n}',
        "google_project_service_identity.i: the provider has no such type",
    ),
    (
        "missing attribute",
        'resource "google_pubsub_topic" "t" {\n}',
        "google_pubsub_topic.t: name is missing",
    ),
    ("unknown attribute", topic("nam = 1"), "google_pubsub_topic.t: unknown attribute nam"),
    ("unknown block", topic("policy {\n}"), "google_pubsub_topic.t: unknown block policy"),
    (
        "missing attribute of a nested block",
        subscription("push_config {\n}"),
        "google_pubsub_subscription.s.push_config: push_endpoint is missing",
    ),
    (
        "unknown attribute two blocks down",
        subscription('push_config {\npush_endpoint = "e"\noidc_token {\nservice_account_email = "a"\nemail = "b"\n}\n}'),
        "google_pubsub_subscription.s.push_config.oidc_token: unknown attribute email",
    ),
    (
        "unknown attribute of a dynamic block",
        subscription('dynamic "dead_letter_policy" {\nfor_each = [1]\ncontent {\ndead = 1\n}\n}'),
        "google_pubsub_subscription.s.dead_letter_policy: unknown attribute dead",
    ),
    (
        "unknown dynamic block",
        subscription('dynamic "dead_letters" {\nfor_each = [1]\ncontent {\n}\n}'),
        "google_pubsub_subscription.s: unknown block dead_letters",
    ),
    (
        "dynamic block without for_each",
        subscription('dynamic "retry_policy" {\ncontent {\n}\n}'),
        "google_pubsub_subscription.s.retry_policy: for_each is missing",
    ),
    (
        "missing block",
        'resource "google_cloud_run_v2_service" "s" {\nname = "s"\nlocation = "l"\n}',
        "google_cloud_run_v2_service.s: template is missing",
    ),
    (
        "block twice",
        subscription("retry_policy {\n}\nretry_policy {\n}"),
        "google_pubsub_subscription.s: only one block retry_policy is allowed",
    ),
    ("block as attribute", subscription("retry_policy = {}"), "google_pubsub_subscription.s: retry_policy is a block, not an attribute"),
    ("attribute as block", topic("labels {\n}"), "google_pubsub_topic.t: labels is an attribute, not a block"),
    (
        "unknown attribute of a condition",
        topic('lifecycle {\nprecondition {\ncondition = true\nerror = ""\nerror_message = "m"\n}\n}'),
        "google_pubsub_topic.t.lifecycle.precondition: unknown attribute error",
    ),
    ("unknown attribute of a provider", 'provider "google" {\nzones = 1\n}', "provider.google: unknown attribute zones"),
    (
        "reference to an unknown attribute",
        topic("") + "\nlocals {\nx = [\"in ${upper(google_pubsub_topic.t[0].nam)}\"]\n}",
        "google_pubsub_topic.t has no nam",
    ),
    (
        "reference to what is not declared",
        topic("") + "\nlocals {\nx = data.google_pubsub_topic.t.name\n}",
        "data.google_pubsub_topic.t is used, but not declared",
    ),
    (
        "version without what was checked",
        'terraform {\nrequired_providers {\ngoogle = {\nversion = ">= 6.0"\n}\n}\n}',
        "provider google: >= 6.0 does not begin at 6.39.0, whose schema is checked",
    ),
]

FAULTLESS = """
provider "google" {
  alias   = "other"
  project = "p"
}

resource "google_project_service_identity" "i" {
  provider = google-beta
  service  = "x"
}

resource "terraform_data" "d" {
  input = google_project_service_identity.i.member
}

resource "google_cloud_run_v2_job" "j" {
  count    = 1
  provider = google.other
  name     = "j"
  location = "l"

  template {
    template {
      containers {
        image = "i"

        dynamic "env" {
          for_each = terraform_data.d.output
          content {
            name = env.key
          }
        }
        env {
          name = "A"
        }
        env {
          name = "B"
        }
      }
    }
  }
}

moved {
  from = google_cloud_run_v2_job.old
  to   = google_cloud_run_v2_job.j
}

output "job" {
  value = google_cloud_run_v2_job.j[*].uid
}
"""
