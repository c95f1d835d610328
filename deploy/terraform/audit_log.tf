# The audit log as a trigger: a sink below an organization, a folder or a project publishes the changes of IAM policies.

resource "google_pubsub_topic" "audit_log" {
  count = var.audit_log == null ? 0 : 1

  project = var.project_id
  name    = local.audit_name

  depends_on = [google_project_service.needed]
}

locals {
  audit_kind   = var.audit_log == null ? "" : split("/", var.audit_log)[0]
  audit_number = var.audit_log == null ? "" : split("/", var.audit_log)[1]
  # The last thing that is made, so that the first entry finds everything in its place.
  audit_destination = "pubsub.googleapis.com/${try(google_pubsub_subscription.push["audit_log"].topic, "")}"
}

resource "google_logging_organization_sink" "audit_log" {
  count = local.audit_kind == "organizations" ? 1 : 0

  name             = local.audit_name
  org_id           = local.audit_number
  destination      = local.audit_destination
  filter           = local.audit_filter
  include_children = true
}

resource "google_logging_folder_sink" "audit_log" {
  count = local.audit_kind == "folders" ? 1 : 0

  name             = local.audit_name
  folder           = local.audit_number
  destination      = local.audit_destination
  filter           = local.audit_filter
  include_children = true
}

resource "google_logging_project_sink" "audit_log" {
  count = local.audit_kind == "projects" ? 1 : 0

  name                   = local.audit_name
  project                = local.audit_number
  destination            = local.audit_destination
  filter                 = local.audit_filter
  unique_writer_identity = true
}

# It is Google's to say whom a sink writes as.
resource "google_pubsub_topic_iam_member" "audit_log" {
  count = var.audit_log == null ? 0 : 1

  project = var.project_id
  topic   = google_pubsub_topic.audit_log[0].name
  role    = "roles/pubsub.publisher"
  member = one(concat(
    google_logging_organization_sink.audit_log[*].writer_identity,
    google_logging_folder_sink.audit_log[*].writer_identity,
    google_logging_project_sink.audit_log[*].writer_identity,
  ))
}
