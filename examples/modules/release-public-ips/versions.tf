terraform {
  required_version = ">= 1.7"

  required_providers {
    alicloud = {
      source = "alicloud-extras/alicloud"
    }
  }
}
