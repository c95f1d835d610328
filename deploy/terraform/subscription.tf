resource "google_pubsub_subscription" "push" {
  for_each = { for trigger in local.triggers : trigger.key => trigger }

  project = var.project_id
  name    = each.value.name
  topic   = each.value.topic
  filter  = var.message_filter

  ack_deadline_seconds       = local.ack_deadline
  message_retention_duration = "${var.message_retention_seconds}s"
  # For replays.
  retain_acked_messages = true
  # One activation that lasts would hold up all behind it.
  enable_message_ordering = false

  push_config {
    push_endpoint = "${local.service_url}/push"

    oidc_token {
      service_account_email = google_service_account.push.email
      # The service compares it byte for byte; the default would be the whole push endpoint.
      audience = local.service_url
    }
  }

  retry_policy {
    minimum_backoff = "${var.min_retry_delay_seconds}s"
    maximum_backoff = "${var.max_retry_delay_seconds}s"
  }

  # It would expire after 31 days without an activation.
  expiration_policy {
    ttl = ""
  }

  dynamic "message_transforms" {
    for_each = each.value.transform == null ? [] : [each.value.transform]

    content {
      javascript_udf {
        function_name = "reduce"
        code          = message_transforms.value
      }
    }
  }

  dynamic "dead_letter_policy" {
    for_each = var.dead_letter_topic == null ? [] : [google_pubsub_topic.kept["dead_letters"].id]

    content {
      dead_letter_topic = dead_letter_policy.value
      # Young notices and outages are refused, too: the most that Pub/Sub takes.
      max_delivery_attempts = 100
    }
  }

  # The first push is to find everything in its place.
  depends_on = [
    google_pubsub_topic.activations,
    google_pubsub_topic.audit_log,
    google_cloud_run_v2_service_iam_member.push,
    google_service_account_iam_member.push_tokens,
    google_pubsub_topic_iam_member.kept,
  ]

  lifecycle {
    precondition {
      condition     = var.min_retry_delay_seconds <= var.max_retry_delay_seconds
      error_message = "min_retry_delay_seconds is more than max_retry_delay_seconds."
    }
  }
}

# With a dead-letter topic, Pub/Sub acknowledges what it has moved there.
resource "google_pubsub_subscription_iam_member" "dead_letters" {
  for_each = { for key, subscription in google_pubsub_subscription.push : key => subscription.name if var.dead_letter_topic != null }

  project      = var.project_id
  subscription = each.value
  role         = "roles/pubsub.subscriber"
  member       = local.pubsub_agent
}

# Of earlier versions, when there was one.
moved {
  from = google_pubsub_subscription.activations
  to   = google_pubsub_subscription.push["activations"]
}

moved {
  from = google_pubsub_subscription_iam_member.dead_letters[0]
  to   = google_pubsub_subscription_iam_member.dead_letters["activations"]
}
