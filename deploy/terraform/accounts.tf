resource "google_service_account" "service" {
  project      = var.project_id
  account_id   = var.service_account
  display_name = "jitcleanup: the service"

  depends_on = [google_project_service.needed]
}

# Its token is all that a push is believed for, so nothing else is to run as this account.
resource "google_service_account" "push" {
  project      = var.project_id
  account_id   = var.push_account
  display_name = "jitcleanup: pushes of Pub/Sub"

  depends_on = [google_project_service.needed]

  lifecycle {
    precondition {
      condition     = var.push_account != var.service_account
      error_message = "push_account and service_account are the same: who may push must not be who may change policies."
    }
  }
}

# Pub/Sub's own account.
resource "google_project_service_identity" "pubsub" {
  provider = google-beta

  project = var.project_id
  service = "pubsub.googleapis.com"

  depends_on = [google_project_service.needed]
}

locals {
  pubsub_agent = "serviceAccount:service-${local.project_number}@gcp-sa-pubsub.iam.gserviceaccount.com"
}

# Pub/Sub signs push tokens in the name of the push account.
resource "google_service_account_iam_member" "push_tokens" {
  service_account_id = google_service_account.push.name
  role               = "roles/iam.serviceAccountTokenCreator"
  member             = local.pubsub_agent

  depends_on = [google_project_service_identity.pubsub]
}
