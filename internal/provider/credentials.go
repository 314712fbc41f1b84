package provider

import (
	"errors"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/credentials"
)

// credentialsAttributes are those of credentials.Block. Package credentials
// reads the variables that the descriptions name.
func credentialsAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"access_key": schema.StringAttribute{
			Optional: true,
			MarkdownDescription: "The access key ID. " +
				fromEnvironment("ALICLOUD_ACCESS_KEY", "ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABACLOUD_ACCESS_KEY_ID"),
		},
		"secret_key": schema.StringAttribute{
			Optional:  true,
			Sensitive: true,
			MarkdownDescription: "The access key secret. It must come from the same place as `access_key`. " +
				fromEnvironment("ALICLOUD_SECRET_KEY", "ALIBABA_CLOUD_ACCESS_KEY_SECRET", "ALIBABACLOUD_ACCESS_KEY_SECRET"),
		},
		"security_token": schema.StringAttribute{
			Optional:  true,
			Sensitive: true,
			MarkdownDescription: "The STS token of a temporary access key. " +
				fromEnvironment("ALICLOUD_SECURITY_TOKEN", "ALIBABA_CLOUD_SECURITY_TOKEN", "ALIBABACLOUD_SECURITY_TOKEN"),
		},
		"ecs_role_name": schema.StringAttribute{
			Optional: true,
			MarkdownDescription: "The RAM role of the ECS instance that Terraform runs on. " +
				fromEnvironment("ALICLOUD_ECS_ROLE_NAME", "ALIBABA_CLOUD_ECS_METADATA"),
		},
		"credentials_uri": schema.StringAttribute{
			Optional: true,
			MarkdownDescription: "The URL of a service that hands out temporary keys. " +
				fromEnvironment("ALICLOUD_CREDENTIALS_URI", "ALIBABA_CLOUD_CREDENTIALS_URI"),
		},
		"profile": schema.StringAttribute{
			Optional: true,
			MarkdownDescription: "A profile of the aliyun CLI. Without it no profile is used, not even the current one of the CLI. " +
				fromEnvironment("ALICLOUD_PROFILE", "ALIBABA_CLOUD_PROFILE"),
		},
		"shared_credentials_file": schema.StringAttribute{
			Optional: true,
			MarkdownDescription: "The file with the profiles. Defaults to `~/.aliyun/config.json`. " +
				fromEnvironment("ALICLOUD_SHARED_CREDENTIALS_FILE", "ALIBABA_CLOUD_CREDENTIALS_FILE"),
		},
	}
}

// credentialsBlocks are those of credentials.Block.
func credentialsBlocks() map[string]schema.Block {
	expiration := schema.NumberAttribute{
		Optional:            true,
		MarkdownDescription: "How long the session lasts, in seconds, from `900` to `43200`. Defaults to `3600`, as does `0`.",
		Validators:          []validator.Number{wholeNumber{900, 43200}},
	}
	roleExpiration := expiration
	roleExpiration.MarkdownDescription += " " + fromEnvironment("ALICLOUD_ASSUME_ROLE_SESSION_EXPIRATION")
	policy := schema.StringAttribute{
		Optional:            true,
		MarkdownDescription: "A RAM policy that narrows what the session may do.",
	}
	return map[string]schema.Block{
		"assume_role": schema.ListNestedBlock{
			MarkdownDescription: "A RAM role to assume with the credentials configured elsewhere.",
			Validators:          []validator.List{listvalidator.SizeAtMost(1)},
			NestedObject: schema.NestedBlockObject{Attributes: map[string]schema.Attribute{
				"role_arn": schema.StringAttribute{
					Optional:            true,
					MarkdownDescription: "The ARN of the role; `\"\"` means none except that of the profile. The variables count only with the block. " + fromEnvironment("ALICLOUD_ASSUME_ROLE_ARN", "ALIBABA_CLOUD_ROLE_ARN"),
				},
				"session_name": schema.StringAttribute{
					Optional: true,
					MarkdownDescription: "The name of the session. Defaults to `terraform`. " +
						fromEnvironment("ALICLOUD_ASSUME_ROLE_SESSION_NAME", "ALIBABA_CLOUD_ROLE_SESSION_NAME"),
				},
				"policy":             policy,
				"session_expiration": roleExpiration,
				"external_id": schema.StringAttribute{
					Optional:            true,
					MarkdownDescription: "The external ID that a role of another account may ask for.",
				},
			}},
		},
		"assume_role_with_oidc": schema.ListNestedBlock{
			MarkdownDescription: "A RAM role to assume with the token of an identity provider.",
			Validators:          []validator.List{listvalidator.SizeAtMost(1)},
			NestedObject: schema.NestedBlockObject{Attributes: map[string]schema.Attribute{
				"oidc_provider_arn": schema.StringAttribute{
					Optional:            true,
					MarkdownDescription: "The ARN of the OIDC provider in RAM. " + fromEnvironment("ALIBABA_CLOUD_OIDC_PROVIDER_ARN"),
				},
				"oidc_token": schema.StringAttribute{
					Optional:  true,
					Sensitive: true,
					MarkdownDescription: "The token. Where there is neither token nor file, HCP Terraform's is taken, from `TFC_WORKLOAD_IDENTITY_TOKEN`. " +
						fromEnvironment("ALIBABA_CLOUD_OIDC_TOKEN"),
				},
				"oidc_token_file": schema.StringAttribute{
					Optional: true,
					MarkdownDescription: "A file with the token, read again for each session. `oidc_token` takes precedence. " +
						fromEnvironment("ALIBABA_CLOUD_OIDC_TOKEN_FILE"),
				},
				"role_arn": schema.StringAttribute{
					Optional:            true,
					MarkdownDescription: "The ARN of the role. " + fromEnvironment("ALIBABA_CLOUD_ROLE_ARN"),
				},
				"role_session_name": schema.StringAttribute{
					Optional: true,
					MarkdownDescription: "The name of the session. Defaults to `terraform`. " +
						fromEnvironment("ALIBABA_CLOUD_ROLE_SESSION_NAME"),
				},
				"policy":             policy,
				"session_expiration": expiration,
			}},
		},
	}
}

// credentialsDiagnostic hangs a mistake on the argument that can fix it.
func credentialsDiagnostic(err error) diag.Diagnostic {
	const summary = "Invalid Credentials Configuration"
	mistake, ok := errors.AsType[*credentials.ConfigError](err)
	if !ok {
		return diag.NewErrorDiagnostic(summary, err.Error())
	}
	argument, inner, nested := strings.Cut(mistake.Argument, ".")
	at := path.Root(argument)
	if nested {
		at = at.AtListIndex(0).AtName(inner)
	}
	return diag.NewAttributeErrorDiagnostic(at, summary, mistake.Error())
}

// noCredentials is nil if anything says who calls.
func noCredentials(source *credentials.Source) diag.Diagnostic {
	err := source.Missing()
	if err == nil {
		return nil
	}
	return diag.NewErrorDiagnostic("No Credentials", "A release has to be signed: "+strings.TrimSuffix(err.Error(), ".")+".")
}
