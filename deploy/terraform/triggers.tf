# What brings notices, and what may be cleaned for them. Needs nothing of Google's provider.

locals {
  # The sink's name, and that of its topic and subscription.
  audit_name  = "${var.service}-iam-changes"
  audit_topic = "projects/${var.project_id}/topics/${local.audit_name}"

  # Each has a push subscription. The first one's topic is the service's.
  triggers = concat(
    var.topic == null ? [] : [{ key = "activations", name = var.subscription, topic = var.topic, transform = null }],
    var.audit_log == null ? [] : [{
      key = "audit_log", name = local.audit_name, topic = local.audit_topic,
      # Drops entries that add no conditional binding, and reduces the others to what the service reads.
      transform = file("${path.module}/../audit-log/reduce.js")
    }],
  )
  topic = try(local.triggers[0].topic, "")

  # Changes of policies, but not the service's own nor those of Privileged Access Manager.
  audit_filter = chomp(templatefile("${path.module}/../audit-log/filter", {
    SERVICE_ACCOUNT_EMAIL = "${var.service_account}@${var.project_id}.iam.gserviceaccount.com"
  }))

  # In which notices wait.
  task_location   = coalesce(var.task_location, var.region)
  task_queue_path = var.task_queue == null ? "" : "projects/${var.project_id}/locations/${local.task_location}/queues/${var.task_queue}"

  # What a sweep calls jitcleanup with.
  sweep_arguments = concat(["sweep"], flatten([
    for parent in sort(var.sweep_under) :
    startswith(parent, "projects/") ? ["--project", trimprefix(parent, "projects/")] : ["--under", parent]
  ]))
  # Whether it has to list what is below a folder or an organization.
  sweeps_below = anytrue([for parent in var.sweep_under : !startswith(parent, "projects/")])

  in_organization = var.role_organization != null
  permissions = concat(
    flatten([
      for kind in sort(var.resources) : [for verb in ["get", "set"] : "resourcemanager.${kind}.${verb}IamPolicy"]
    ]),
    local.sweeps_below ? ["resourcemanager.folders.list", "resourcemanager.projects.list"] : [],
  )
}

# What does not fit together is refused before anything is made.
resource "terraform_data" "triggers" {
  lifecycle {
    precondition {
      condition     = length(local.triggers) > 0
      error_message = "topic is missing, or audit_log without JIT Access."
    }
    precondition {
      condition     = var.audit_log == null || var.message_filter == null
      error_message = "message_filter is refused together with audit_log: it would drop notices that are published again."
    }
    precondition {
      condition     = local.in_organization || length(setsubtract(var.resources, ["projects"])) == 0
      error_message = "role_organization is missing: a role with permissions on folders and organizations is kept in the organization."
    }
    precondition {
      condition     = var.topic != local.audit_topic && var.subscription != local.audit_name
      error_message = "topic and subscription may not be ${local.audit_name}, which is for the audit log."
    }
    precondition {
      condition     = var.dead_letter_topic == null || var.task_queue != null
      error_message = "dead_letter_topic is refused without task_queue: a dead-letter policy counts every \"not yet\" (425) as a failed delivery, and so ends waits. With task_queue, Cloud Tasks do the waiting."
    }
    precondition {
      condition     = (var.sweep_schedule == null) == (length(var.sweep_under) == 0)
      error_message = "sweep_schedule and sweep_under need each other: one says when, the other what."
    }
    precondition {
      condition     = length(setsubtract(var.sweep_under, var.scopes)) == 0
      error_message = "sweep_under has what is not among scopes: without the role there, the sweep would fail."
    }
    precondition {
      condition     = local.in_organization || !local.sweeps_below
      error_message = "role_organization is missing: to list what is in a folder or an organization takes a role that is kept in the organization."
    }
  }
}
