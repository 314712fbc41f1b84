variable "instances" {
  description = "The instances that lose their public IP address, by a name of your choice."
  type = map(object({
    instance_id       = string
    public_ip_address = string
    release           = optional(bool, true)
  }))

  validation {
    condition     = alltrue([for instance in values(var.instances) : can(regex("^(i-|AY)", instance.instance_id))])
    error_message = "Each instance_id must begin with i- or AY."
  }
}

variable "region_id" {
  description = "The region of the instances. Null means the provider's region."
  type        = string
  default     = null
}

variable "dry_run" {
  description = "Whether the releases are only rehearsed."
  type        = bool
  default     = false
}
