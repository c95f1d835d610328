# What ../service.yaml says, with this configuration's values in the place of its names, so that its shape is kept in one
# place for Terraform and deploy.sh.

locals {
  service_url = "https://${var.service}-${local.project_number}.${var.region}.run.app"

  default_settings = {
    REQUEST_TIMEOUT_SECONDS = "50"
    EXPIRY_GRACE_SECONDS    = "60"
    GIVE_UP_SECONDS         = "86400"
    ALLOWED_PROJECTS        = ""
    LOG_LEVEL               = "info"
    DRY_RUN                 = "false"
  }
  # Settings of earlier versions: accepted without effect.
  retired_settings = ["CLEANUP_SCOPE", "HOLD_CAPACITY", "HOLD_SECONDS", "NUM_MESSAGES"]
  settings         = merge(local.default_settings, var.settings)

  request_timeout = tonumber(local.settings.REQUEST_TIMEOUT_SECONDS)
  ack_deadline    = coalesce(var.ack_deadline_seconds, max(10, min(600, local.request_timeout + 10)))

  template_values = merge({ for name in keys(local.default_settings) : name => local.settings[name] }, {
    ACK_DEADLINE              = tostring(local.ack_deadline)
    BINDING_TITLES            = join(",", var.titles)
    CLEANUP_RESOURCES         = join(",", var.resources)
    IMAGE                     = var.image
    MESSAGE_RETENTION_SECONDS = tostring(var.message_retention_seconds)
    MORE_SETTINGS             = ""
    PROJECT_ID                = var.project_id
    PUBSUB_SUBSCRIPTION_PATH  = join(",", [for trigger in local.triggers : "projects/${var.project_id}/subscriptions/${trigger.name}"])
    PUBSUB_TOPIC_NAME         = var.announce ? local.topic : ""
    PUSH_ACCOUNT              = var.push_account
    QUARANTINE_TOPIC          = var.quarantine_topic == null ? "" : "projects/${var.project_id}/topics/${var.quarantine_topic}"
    RENDERED_DIGEST           = ""
    SERVICE                   = var.service
    SERVICE_ACCOUNT           = var.service_account
    SERVICE_URL               = local.service_url
    TASK_QUEUE_PATH           = local.task_queue_path
  })

  # All names in the file stand inside double quotes or for plain words: what JSON makes of a string fits there.
  service_definition = yamldecode(templatefile("${path.module}/../service.yaml", {
    for name, value in local.template_values : name => substr(jsonencode(value), 1, length(jsonencode(value)) - 2)
  }))

  template  = local.service_definition.spec.template
  container = local.template.spec.containers[0]
  environment = concat(
    [for entry in local.container.env : entry if entry.value != ""],
    [
      for name, value in var.settings : { name = name, value = value }
      if !contains(concat(keys(local.default_settings), local.retired_settings), name)
    ],
  )
}
