resource "google_pubsub_topic" "activations" {
  count = var.create_topic && var.topic != null ? 1 : 0

  project = split("/", var.topic)[1]
  name    = split("/", var.topic)[3]

  depends_on = [google_project_service.needed]
}

# For announcements, and for waiting messages that Pub/Sub is about to drop.
resource "google_pubsub_topic_iam_member" "announcements" {
  count = var.announce ? 1 : 0

  project = split("/", local.topic)[1]
  topic   = split("/", local.topic)[3]
  role    = "roles/pubsub.publisher"
  member  = google_service_account.service.member

  depends_on = [google_pubsub_topic.activations, google_pubsub_topic.audit_log]
}

locals {
  # Topics whose messages someone will want to read, by what they are for.
  kept_topics = {
    for purpose, name in { quarantine = var.quarantine_topic, dead_letters = var.dead_letter_topic } : purpose => name
    if name != null
  }
}

resource "google_pubsub_topic" "kept" {
  for_each = local.kept_topics

  project = var.project_id
  name    = each.value

  depends_on = [google_project_service.needed]
}

# A topic keeps nothing by itself.
resource "google_pubsub_subscription" "kept" {
  for_each = local.kept_topics

  project                    = var.project_id
  name                       = each.value
  topic                      = google_pubsub_topic.kept[each.key].id
  message_retention_duration = "2678400s"
  # Whoever puts messages back acknowledges them when all are back.
  ack_deadline_seconds = 600

  # It never expires.
  expiration_policy {
    ttl = ""
  }
}

resource "google_pubsub_topic_iam_member" "kept" {
  for_each = local.kept_topics

  project = var.project_id
  topic   = google_pubsub_topic.kept[each.key].name
  role    = "roles/pubsub.publisher"
  # Pub/Sub itself moves dead letters.
  member = each.key == "quarantine" ? google_service_account.service.member : local.pubsub_agent

  depends_on = [google_project_service_identity.pubsub]
}
