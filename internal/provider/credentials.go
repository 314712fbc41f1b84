package provider

import (
	"context"
	"errors"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/credentials"
)

// credentialsModel is the part of the provider block that says who calls.
type credentialsModel struct {
	AccessKey             types.String `tfsdk:"access_key"`
	SecretKey             types.String `tfsdk:"secret_key"`
	SecurityToken         types.String `tfsdk:"security_token"`
	ECSRoleName           types.String `tfsdk:"ecs_role_name"`
	CredentialsURI        types.String `tfsdk:"credentials_uri"`
	Profile               types.String `tfsdk:"profile"`
	SharedCredentialsFile types.String `tfsdk:"shared_credentials_file"`
	AssumeRole            types.List   `tfsdk:"assume_role"`
	AssumeRoleWithOIDC    types.List   `tfsdk:"assume_role_with_oidc"`
}

type assumeRoleModel struct {
	RoleARN           types.String `tfsdk:"role_arn"`
	SessionName       types.String `tfsdk:"session_name"`
	Policy            types.String `tfsdk:"policy"`
	SessionExpiration types.Number `tfsdk:"session_expiration"`
	ExternalID        types.String `tfsdk:"external_id"`
}

type assumeRoleWithOIDCModel struct {
	OIDCProviderARN   types.String `tfsdk:"oidc_provider_arn"`
	OIDCToken         types.String `tfsdk:"oidc_token"`
	OIDCTokenFile     types.String `tfsdk:"oidc_token_file"`
	RoleARN           types.String `tfsdk:"role_arn"`
	RoleSessionName   types.String `tfsdk:"role_session_name"`
	Policy            types.String `tfsdk:"policy"`
	SessionExpiration types.Number `tfsdk:"session_expiration"`
}

// credentialsAttributes are those of credentialsModel. Package credentials
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

// credentialsBlocks are those of credentialsModel.
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

// credentialsConfig returns what a block says of who signs.
func credentialsConfig(ctx context.Context, block credentialsModel, diags *diag.Diagnostics) credentials.Config {
	cfg := credentials.Config{
		AccessKey:             block.AccessKey.ValueStringPointer(),
		SecretKey:             block.SecretKey.ValueStringPointer(),
		SecurityToken:         block.SecurityToken.ValueStringPointer(),
		ECSRoleName:           block.ECSRoleName.ValueStringPointer(),
		CredentialsURI:        block.CredentialsURI.ValueStringPointer(),
		Profile:               block.Profile.ValueStringPointer(),
		SharedCredentialsFile: block.SharedCredentialsFile.ValueStringPointer(),
	}
	var roles []assumeRoleModel
	diags.Append(block.AssumeRole.ElementsAs(ctx, &roles, false)...)
	for _, role := range roles {
		cfg.AssumeRole = &credentials.Role{
			ARN:               role.RoleARN.ValueStringPointer(),
			SessionName:       role.SessionName.ValueStringPointer(),
			Policy:            role.Policy.ValueString(),
			ExternalID:        role.ExternalID.ValueString(),
			SessionExpiration: int64Of(role.SessionExpiration),
		}
	}
	var oidc []assumeRoleWithOIDCModel
	diags.Append(block.AssumeRoleWithOIDC.ElementsAs(ctx, &oidc, false)...)
	for _, role := range oidc {
		cfg.AssumeRoleWithOIDC = &credentials.OIDC{
			Role: credentials.Role{
				ARN:               role.RoleARN.ValueStringPointer(),
				SessionName:       role.RoleSessionName.ValueStringPointer(),
				Policy:            role.Policy.ValueString(),
				SessionExpiration: int64Of(role.SessionExpiration),
			},
			ProviderARN: role.OIDCProviderARN.ValueStringPointer(),
			Token:       role.OIDCToken.ValueStringPointer(),
			TokenFile:   role.OIDCTokenFile.ValueStringPointer(),
		}
	}
	return cfg
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
