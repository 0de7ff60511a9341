json_object(
    'id', 'Procedure:' || p.id,
    'slug', p.slug,
    'name', p.name,
    'category', p.category,
    'description', p.summary,
    'outcomes', (
        SELECT json_object(
            'nodes', json_group_array(json_object(
                'id', 'TreatmentOutcome:' || o.id,
                'expectedEffect', o.expected_effect,
                'grade', o.grade,
                'certainty', o.certainty,
                'evidenceLevel', o.evidence_level,
                'responseVariability', o.response_variability,
                'condition', json_object('id', 'Condition:' || c.id, 'name', c.name),
                'sources', json_object('nodes', (
                    SELECT json_group_array(json_object('title', s.title, 'year', s.year))
                    FROM (SELECT value FROM json_each(o.sources) LIMIT :sources) AS cited
                    CROSS JOIN source AS s ON s.id = cited.value
                ))
            )),
            'pageInfo', json_object(
                'hasNextPage', json(iif(EXISTS (
                    SELECT 1 FROM treatment_outcome WHERE procedure_id = p.id LIMIT 1 OFFSET :outcomes
                ), 'true', 'false')),
                'endCursor', cursor_of_outcome(max(o.position), o.id)
            )
        )
        FROM (
            SELECT id, position, condition_id, expected_effect, grade, certainty, evidence_level, response_variability, sources
            FROM treatment_outcome WHERE procedure_id = p.id ORDER BY position, id LIMIT :outcomes
        ) AS o
        CROSS JOIN condition AS c ON c.id = o.condition_id
    )
)
