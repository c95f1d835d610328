variable "project_id" {
  description = "The project of the service and its subscription."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project_id))
    error_message = "This is not a project's ID."
  }
}

variable "region" {
  description = "Where the service runs, europe-west1 say."
  type        = string

  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]+$", var.region))
    error_message = "This is not a region such as europe-west1."
  }
}

variable "topic" {
  description = "JIT Access's topic, as projects/P/topics/NAME. It may be in another project. Required without audit_log."
  type        = string
  default     = null

  validation {
    condition     = var.topic == null || can(regex("^projects/[^/]+/topics/[^/]+$", var.topic))
    error_message = "This is not projects/P/topics/NAME."
  }
}

variable "create_topic" {
  description = "Whether the topic is made here. JIT Access usually has it already."
  type        = bool
  default     = false
}

variable "audit_log" {
  description = "Where temporary grants are read from the audit log, whoever made them: organizations/NUMBER, folders/NUMBER or projects/ID. Choose this or topic: with both, each grant of JIT Access costs two notices and one write. Grants of months want task_queue, without which their notices are refused thousands of times."
  type        = string
  default     = null

  validation {
    condition     = var.audit_log == null || can(regex("^((organizations|folders)/[0-9]+|projects/[a-z0-9.:-]+)$", var.audit_log))
    error_message = "This is not organizations/NUMBER, folders/NUMBER or projects/ID."
  }
}

variable "titles" {
  description = "Titles in scope: exact, or a beginning with * at its end; ! in front excludes. JIT Access's by default."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for title in var.titles : title != "" && !strcontains(title, ",")])
    error_message = "A title with a comma is given by its beginning, and none is empty."
  }
}

variable "resources" {
  description = "Whose policies are cleaned: projects, folders, organizations. The last two need role_organization."
  type        = set(string)
  default     = ["projects"]

  validation {
    condition     = length(var.resources) > 0 && length(setsubtract(var.resources, ["projects", "folders", "organizations"])) == 0
    error_message = "Each is projects, folders or organizations, and there is at least one."
  }
}

variable "scopes" {
  description = "Whose projects are cleaned: projects/ID, folders/NUMBER, organizations/NUMBER. A folder needs role_organization."
  type        = set(string)

  validation {
    condition = length(var.scopes) > 0 && alltrue([
      for scope in var.scopes : can(regex("^(projects/[a-z0-9.:-]+|(folders|organizations)/[0-9]+)$", scope))
    ])
    error_message = "Each scope is projects/ID, folders/NUMBER or organizations/NUMBER, and there is at least one."
  }
}

variable "role_organization" {
  description = "Number of the organization that the custom role is kept in. Required for folders and organizations, since folders can have no custom roles; without it each project of scopes gets its own."
  type        = string
  default     = null

  validation {
    condition     = var.role_organization == null || can(regex("^[0-9]+$", var.role_organization))
    error_message = "This is not an organization's number."
  }
}

variable "role_id" {
  description = "ID of the custom role."
  type        = string
  default     = "jitcleanup"
}

variable "image" {
  description = "The pushed image, by digest: NAME@sha256:..."
  type        = string

  validation {
    condition     = can(regex("@sha256:[0-9a-f]{64}$", var.image))
    error_message = "The image has to be named by its digest, NAME@sha256:..., so that a moved tag changes nothing."
  }
}

variable "service" {
  description = "Name of the service."
  type        = string
  default     = "jitcleanup"

  validation {
    condition     = can(regex("^[a-z]([a-z0-9-]{0,47}[a-z0-9])?$", var.service))
    error_message = "A service's name has at most 49 characters: lower-case letters, digits and hyphens."
  }
}

variable "subscription" {
  description = "Name of the push subscription."
  type        = string
  default     = "jitcleanup"
}

variable "service_account" {
  description = "ID of the account that the service runs as."
  type        = string
  default     = "jitcleanup"
}

variable "push_account" {
  description = "ID of the account whose token Pub/Sub sends."
  type        = string
  default     = "jitcleanup-push"
}

variable "ack_deadline_seconds" {
  description = "Seconds for one delivery, also the service's time limit. By default the request timeout and 10 more, at most 600."
  type        = number
  default     = null

  validation {
    condition     = var.ack_deadline_seconds == null || try(var.ack_deadline_seconds >= 10 && var.ack_deadline_seconds <= 600, false)
    error_message = "The deadline is from 10 to 600 seconds."
  }
}

variable "min_retry_delay_seconds" {
  description = "Seconds before a message comes again, first."
  type        = number
  default     = 10

  validation {
    condition     = var.min_retry_delay_seconds >= 0 && var.min_retry_delay_seconds <= 600
    error_message = "The delay is from 0 to 600 seconds."
  }
}

variable "max_retry_delay_seconds" {
  description = "Seconds before a message comes again, at most."
  type        = number
  default     = 600

  validation {
    condition     = var.max_retry_delay_seconds >= 0 && var.max_retry_delay_seconds <= 600
    error_message = "The delay is from 0 to 600 seconds."
  }
}

variable "message_retention_seconds" {
  description = "How long Pub/Sub keeps messages, for replays too."
  type        = number
  default     = 604800

  validation {
    condition     = var.message_retention_seconds >= 7200 && var.message_retention_seconds <= 2678400
    error_message = "The retention is from two hours (7200 seconds) to 31 days (2678400): with less, the longest retry delay (600 s) leaves no room to publish a waiting message again."
  }
}

variable "message_filter" {
  description = "Only for the 2023 builds of JIT Access: attributes.origin = \"jit-binding\". Releases send no attributes, so a filter would drop all they send. Changing it replaces the subscription."
  type        = string
  default     = null
}

variable "announce" {
  description = "Whether removals are announced on the topic, and messages that are still needed published there again before Pub/Sub drops them."
  type        = bool
  default     = true
}

variable "quarantine_topic" {
  description = "Name of a topic to be made for messages that can never be acted on; null for none."
  type        = string
  default     = null
}

variable "task_queue" {
  description = "Name of a queue of Cloud Tasks to be made: a notice waits there as one task, and is not refused until its time. When it is destroyed its waiting tasks go, too, and its name stays blocked for days."
  type        = string
  default     = null

  validation {
    condition     = var.task_queue == null || can(regex("^[A-Za-z0-9-]{1,100}$", var.task_queue))
    error_message = "This is not a queue's name."
  }
}

variable "task_location" {
  description = "Where the queue is; the region by default."
  type        = string
  default     = null

  validation {
    condition     = var.task_location == null || can(regex("^[a-z]+-[a-z]+[0-9]+$", var.task_location))
    error_message = "This is not a region such as europe-west1."
  }
}

variable "sweep_schedule" {
  description = "When a sweep is started, five cron fields in UTC, \"0 3 * * *\" say: makes a Cloud Run job and a Cloud Scheduler job for it. Null for none."
  type        = string
  default     = null

  validation {
    condition     = var.sweep_schedule == null || can(regex("^[0-9A-Za-z*,/-]+( +[0-9A-Za-z*,/-]+){4}$", var.sweep_schedule))
    error_message = "This is not five cron fields: minute, hour, day, month, weekday."
  }
}

variable "sweep_under" {
  description = "What is swept, all of it among scopes. Required with sweep_schedule; a folder or an organization needs role_organization."
  type        = set(string)
  default     = []
}

variable "sweep_location" {
  description = "Where the Cloud Scheduler job is; the region by default."
  type        = string
  default     = null

  validation {
    condition     = var.sweep_location == null || can(regex("^[a-z]+-[a-z]+[0-9]+$", var.sweep_location))
    error_message = "This is not a region such as europe-west1."
  }
}

variable "dead_letter_topic" {
  description = "Name of a topic to be made for messages that were delivered 100 times; null for none. Needs task_queue, since each \"not yet\" counts."
  type        = string
  default     = null
}

variable "max_delivery_attempts" {
  description = "Of earlier versions, without effect: with dead_letter_topic there are 100."
  type        = number
  default     = null
}

variable "settings" {
  description = "Further settings of the service by their names in deploy/README.md, REQUEST_TIMEOUT_SECONDS or ALLOWED_PROJECTS say."
  type        = map(string)
  default     = {}

  validation {
    condition = alltrue([
      for name in keys(var.settings) : can(regex("^[A-Z][A-Z0-9_]*$", name))
      && !can(regex("^(PORT|K_.*|PUSH_.*|PUBSUB_.*|TASK_.*|QUARANTINE_TOPIC_NAME|PROJECT_ID|BINDING_TITLES|CLEANUP_RESOURCES|MESSAGE_RETENTION_SECONDS|MAX_DELIVERY_ATTEMPTS)$", name))
    ])
    error_message = "A setting has capital letters, digits and underscores, and is none of those that follow from other variables."
  }

  validation {
    condition     = contains(["", "project"], lookup(var.settings, "CLEANUP_SCOPE", ""))
    error_message = "CLEANUP_SCOPE other than project is refused: the service removes every expired binding in scope; a notice only says when to look. Leave it out."
  }
}
